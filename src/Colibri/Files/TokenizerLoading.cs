using Colibri.Text;
using Colibri.Text.Files;

namespace Colibri.Files;

/// <summary>The one place where opened models meet the tokenizers of <c>Text</c>.</summary>
internal static class TokenizerLoading
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The tokenizer in a GGUF file's metadata, or null where it has none.</summary>
    public static Tokenizer? From(GgufSource source)
    {
        var metadata = source.Metadata;
        if (metadata.Text(Prefix + "model") is not { } model || model is "none" or "no_vocab")
        {
            return null;
        }

        return Tokenizer.FromGguf(new GgufVocabulary
        {
            File = source.Path,
            Model = model,
            Pre = metadata.Text(Prefix + "pre") is { Length: > 0 } pre ? pre : null,
            Tokens = Bytes(metadata.Strings(Prefix + "tokens"))
                ?? throw new InputException($"{source.Path}: '{Prefix}tokens' is missing, though '{Prefix}model' names a tokenizer."),
            Scores = metadata.Floats(Prefix + "scores"),
            TokenTypes = metadata.Integers(Prefix + "token_type"),
            Merges = Bytes(metadata.Strings(Prefix + "merges")),
            PrecompiledCharsmap = metadata.Integers(Prefix + "precompiled_charsmap") is { } map ? [.. map.Select(b => (byte)b)] : null,
            BeginOfTextId = Id(metadata, "bos_token_id"),
            EndOfTextId = Id(metadata, "eos_token_id"),
            UnknownId = Id(metadata, "unknown_token_id"),
            SeparatorId = Id(metadata, "seperator_token_id"),
            PaddingId = Id(metadata, "padding_token_id"),
            AddBeginOfText = metadata.Flag(Prefix + "add_bos_token"),
            AddEndOfText = metadata.Flag(Prefix + "add_eos_token"),
            AddSpacePrefix = metadata.Flag(Prefix + "add_space_prefix"),
            RemoveExtraWhitespaces = metadata.Flag(Prefix + "remove_extra_whitespaces"),
            Lowercases = metadata.Flag(Prefix + "normalizer.lowercase"),
            StripsAccents = metadata.Flag(Prefix + "normalizer.strip_accents"),
            ModelName = metadata.Text("general.name"),
            Architecture = metadata.Text("general.architecture"),
        });
    }

    /// <summary>The tokenizer beside a Hugging Face model, or null where there is none.</summary>
    public static Tokenizer? From(HuggingFaceSource source) =>
        Tokenizer.IsInFolder(source.Path) ? Tokenizer.FromFolder(source.Path) : null;

    private static List<byte[]>? Bytes(GgufStrings? strings)
    {
        if (strings is null)
        {
            return null;
        }

        var bytes = new List<byte[]>(strings.Count);
        for (var i = 0; i < strings.Count; i++)
        {
            bytes.Add(strings.Utf8(i).ToArray());
        }

        return bytes;
    }

    // Some converters write -1, in either width, where a model has no such token.
    private static int? Id(GgufMetadata metadata, string key)
    {
        var id = metadata.Integer(Prefix + key, -1, uint.MaxValue);
        return id is null or -1 or uint.MaxValue ? null : (int)Math.Min(id.Value, int.MaxValue);
    }
}
