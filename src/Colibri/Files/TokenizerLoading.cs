using Colibri.Text;

namespace Colibri.Files;

/// <summary>The one place where opened models meet the tokenizers of <c>Text</c>.</summary>
internal static class TokenizerLoading
{
    /// <summary>The tokenizer in a GGUF file's metadata, or null where it has none.</summary>
    public static Tokenizer? From(GgufSource source) => null;

    /// <summary>The tokenizer beside a Hugging Face model, or null where there is none.</summary>
    public static Tokenizer? From(HuggingFaceSource source) => null;
}
