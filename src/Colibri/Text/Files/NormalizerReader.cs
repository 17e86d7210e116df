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
            case "BertNormalizer":
                return new BertNormalizer(
                    field.Flag("clean_text"),
                    field.Flag("handle_chinese_chars"),
                    field.TryGet("strip_accents", out var strip) ? strip.AsFlag() : null,
                    field.Flag("lowercase"));
            case "ByteLevel":
                return new ByteLevelNormalizer();
            case "Lowercase":
                return new LowercaseNormalizer();
            case "NFC":
                return new UnicodeNormalizer(compatible: false, composes: true);
            case "NFD":
                return new UnicodeNormalizer(compatible: false, composes: false);
            case "NFKC":
                return new UnicodeNormalizer(compatible: true, composes: true);
            case "NFKD":
                return new UnicodeNormalizer(compatible: true, composes: false);
            case "Nmt":
                return CharacterNormalizer.Nmt();
            case "Precompiled":
                return ReadPrecompiled(field);
            case "Prepend":
                return new PrependNormalizer(field.Text("prepend"));
            case "Append":
                return new AppendNormalizer(field.Text("append"));
            case "Replace":
                return ReadReplace(field);
            case "Strip":
                return new StripNormalizer(field.Flag("strip_left"), field.Flag("strip_right"));
            case "StripAccents":
                return CharacterNormalizer.WithoutMarks();
            default:
                throw field.Get("type", "a type").Wrong(
                    "Append, BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip or StripAccents");
        }
    }

    /// <summary>Whether the normalizer spells bytes as characters of the byte alphabet.</summary>
    public static bool SpellsBytes(Normalizer normalizer) =>
        normalizer is ByteLevelNormalizer || (normalizer is SequenceNormalizer sequence && sequence.Parts.Any(SpellsBytes));

    private static Normalizer ReadReplace(JsonField field)
    {
        var content = field.Text("content");
        var pattern = field.Object("pattern");
        return pattern.TryGet("String", out var text)
            ? new ReplaceNormalizer(text.AsText(), content)
            : new PatternReplaceNormalizer(PreTokenizerReader.ReadPattern(pattern.Get("Regex", "String or Regex")), content);
    }

    private static Normalizer ReadPrecompiled(JsonField field)
    {
        var map = field.Get("precompiled_charsmap", "base64 text");
        var text = map.AsText();
        if (text.Length == 0)
        {
            return new SequenceNormalizer([]);
        }

        var bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            throw map.Wrong("base64 text");
        }

        return new PrecompiledNormalizer(new CharacterMap(bytes.AsSpan(0, length), map.Place));
    }
}
