using Colibri.Text;
using Colibri.Text.Files;

namespace Colibri.Files;

/// <summary>The one place where opened models meet the tokenizers of <c>Text</c>.</summary>
internal static class TokenizerLoading
{
    /// <summary>The tokenizer in a GGUF file's metadata, or null where it has none.</summary>
    public static Tokenizer? From(GgufSource source) =>
        GgufVocabularyReader.Read(source.Metadata) is { } vocabulary ? Tokenizer.FromGguf(vocabulary) : null;

    /// <summary>The tokenizer beside a Hugging Face model, or null where there is none.</summary>
    public static Tokenizer? From(HuggingFaceSource source) =>
        TokenizerFolder.HasTokenizer(source.Path) ? Tokenizer.FromFolder(source.Path) : null;
}
