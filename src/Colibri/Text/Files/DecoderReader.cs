using Colibri.Text.Decoders;

namespace Colibri.Text.Files;

/// <summary>Reads 'decoder' of tokenizer.json.</summary>
internal static class DecoderReader
{
    private const int LongestStrip = 1 << 20;

    /// <summary>Reads a decoder.</summary>
    public static Decoder Read(JsonField field)
    {
        switch (field.Text("type"))
        {
            case "Sequence":
                return new SequenceDecoder(field.List("decoders").Select(Read).ToArray());
            case "ByteLevel":
                return new ByteLevelDecoder();
            case "ByteFallback":
                return new ByteFallbackDecoder(runsMustBeWhole: true);
            case "Fuse":
                return new FuseDecoder();
            case "Strip":
                return new StripDecoder(field.Get("content", "one character").AsCharacter(), field.Integer("start", 0, LongestStrip), field.Integer("stop", 0, LongestStrip));
            case "Replace":
                return ReadReplace(field);
            case "WordPiece":
                return new WordPieceDecoder(field.Text("prefix"), field.Flag("cleanup"));
            case "Metaspace":
                return new MetaspaceDecoder(
                    field.Get("replacement", "one character").AsCharacter(), PreTokenizerReader.ReadScheme(field) != PreTokenizers.PrependScheme.Never);
            case "BPEDecoder":
                return new BpeDecoder(field.Text("suffix"));
            case "CTC":
                return new CtcDecoder(field.Text("pad_token"), field.Text("word_delimiter_token"), field.Flag("cleanup"));
            default:
                throw field.Get("type", "a type").Wrong(
                    "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip or WordPiece");
        }
    }

    private static Decoder ReadReplace(JsonField field)
    {
        var content = field.Text("content");
        var pattern = field.Object("pattern");
        return pattern.TryGet("String", out var text)
            ? new ReplaceDecoder(text.AsText(), content)
            : new PatternReplaceDecoder(PreTokenizerReader.ReadPattern(pattern.Get("Regex", "String or Regex")), content);
    }
}
