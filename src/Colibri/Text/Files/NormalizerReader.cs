using Colibri.Text.Normalizers;

namespace Colibri.Text.Files;

/// <summary>Reads 'normalizer' of tokenizer.json.</summary>
internal static class NormalizerReader
{
    /// <summary>Reads a normalizer.</summary>
    public static Normalizer Read(JsonField field)
    {
        switch (field.Text("type"))
        {
            case "Sequence":
                return new SequenceNormalizer(field.List("normalizers").Select(Read).ToArray());
            case "Prepend":
                return new PrependNormalizer(field.Text("prepend"));
            case "Replace":
                return ReadReplace(field);
            default:
                throw field.Get("type", "a type").Wrong(
                    "BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip or StripAccents");
        }
    }

    /// <summary>Whether the normalizer spells bytes as characters of the byte alphabet.</summary>
    public static bool SpellsBytes(Normalizer normalizer) => false;

    private static Normalizer ReadReplace(JsonField field)
    {
        var content = field.Text("content");
        var pattern = field.Object("pattern");
        return new ReplaceNormalizer(pattern.Text("String"), content);
    }
}
