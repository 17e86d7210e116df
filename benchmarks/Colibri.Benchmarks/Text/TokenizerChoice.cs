using Colibri.Files;
using Colibri.Text;

namespace Colibri.Benchmarks.Text;

/// <summary>Opens a tokenizer of any kind.</summary>
internal static class TokenizerChoice
{
    public static Tokenizer Open(string path)
    {
        if (File.Exists(path) && Tokenizer.IsFile(path))
        {
            return Tokenizer.FromFile(path);
        }

        using var source = ModelSource.Open(path);
        return source.LoadTokenizer() ?? throw new InputException($"{path}: has no tokenizer.");
    }
}
