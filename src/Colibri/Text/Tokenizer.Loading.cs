using Colibri.Files;
using Colibri.Text.Files;

namespace Colibri.Text;

/// <content>Loading from files.</content>
public abstract partial class Tokenizer
{
    /// <summary>Loads Hugging Face's tokenizer.json.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is missing or faulty; the message names the field.</exception>
    public static Tokenizer FromTokenizerJson(string path) => new PipelineTokenizer(TokenizerJson.Read(TokenizerFile.Read(path), path, config: null));

    /// <summary>Loads the tokenizer of a Hugging Face folder: tokenizer.json, with the names of special tokens from tokenizer_config.json.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="InputException">There is no tokenizer, or it is faulty.</exception>
    public static Tokenizer FromFolder(string path) => new PipelineTokenizer(TokenizerFolder.Read(path));

    /// <summary>Loads the tokenizer of a GGUF file, whose weights it does not touch.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file is faulty or has no tokenizer; the message names the key.</exception>
    public static Tokenizer FromGguf(string path)
    {
        using var source = GgufSource.Open(path);
        return TokenizerLoading.From(source)
            ?? throw new InputException($"{path}: no tokenizer in it; metadata under 'tokenizer.ggml' is expected.");
    }

    /// <summary>Loads the tokenizer of a GGUF file from its metadata.</summary>
    /// <param name="vocabulary">The metadata.</param>
    /// <exception cref="InputException">The metadata is faulty; the message names the key.</exception>
    internal static Tokenizer FromGguf(GgufVocabulary vocabulary) => new PipelineTokenizer(GgufTokenizer.Read(vocabulary));
}
