using Colibri.Files;

namespace Colibri.Text.Files;

/// <summary>Gathers the tokenizer metadata of an opened GGUF file.</summary>
internal static class GgufVocabularyReader
{
    private const string Prefix = "tokenizer.ggml.";

    /// <summary>The vocabulary, or null where the file has none.</summary>
    /// <exception cref="InputException">A key has the wrong type, or the tokens are missing.</exception>
    public static GgufVocabulary? Read(GgufMetadata metadata)
    {
        var model = metadata.Text(Prefix + "model");
        if (model is null or "none" or "no_vocab")
        {
            return null;
        }

        return new GgufVocabulary
        {
            File = metadata.Source,
            Model = model,
            Pre = metadata.Text(Prefix + "pre") is { Length: > 0 } pre ? pre : null,
            Tokens = Bytes(metadata, "tokens") ?? throw new InputException($"{metadata.Source}: '{Prefix}tokens' is missing; a list of tokens is expected."),
            Scores = metadata.Floats(Prefix + "scores"),
            TokenTypes = metadata.Integers(Prefix + "token_type"),
            Merges = Bytes(metadata, "merges"),
            PrecompiledCharsmap = metadata.Integers(Prefix + "precompiled_charsmap")?.Select(b => (byte)b).ToArray(),
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
        };
    }

    private static int? Id(GgufMetadata metadata, string key)
    {
        // -1, in either width, is how some files say "none".
        var id = metadata.Integer(Prefix + key, -1, uint.MaxValue);
        return id is null or -1 or uint.MaxValue ? null : (int)Math.Min(id.Value, int.MaxValue);
    }

    private static List<byte[]>? Bytes(GgufMetadata metadata, string key)
    {
        if (metadata.Strings(Prefix + key) is not { } strings)
        {
            return null;
        }

        var list = new List<byte[]>(strings.Count);
        for (var i = 0; i < strings.Count; i++)
        {
            list.Add(strings.Utf8(i).ToArray());
        }

        return list;
    }
}
