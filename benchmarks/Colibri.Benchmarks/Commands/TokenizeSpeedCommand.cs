using System.CommandLine;
using Colibri.Benchmarks.Text;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>tokenize-speed</c>.</summary>
internal static class TokenizeSpeedCommand
{
    public static Command Create()
    {
        var tokenizers = new Argument<string[]>("TOKENIZER") { Description = "Tokenizers' files, Hugging Face folders or GGUF files.", Arity = ArgumentArity.OneOrMore };
        var text = new Option<string>("--text") { Description = "A text file.", Required = true };
        var repeats = CommonOptions.Integer("--repeats", 5, "How often each tokenizer takes its turn.");
        var command = new Command("tokenize-speed", "How fast texts become tokens, on one core: a text file, and texts made to be slow.") { tokenizers, text, repeats };
        command.SetAction((parsed, cancellation) =>
        {
            var path = parsed.GetValue(text)!;
            if (!File.Exists(path))
            {
                throw new InputException($"--text: '{path}' is not there; a text file is expected.");
            }

            Console.Write(TokenizeBenchmark.Run(parsed.GetValue(tokenizers)!, File.ReadAllBytes(path), CommonOptions.Between("--repeats", parsed.GetValue(repeats), 1, 1000), cancellation));
            return Task.FromResult(0);
        });
        return command;
    }
}
