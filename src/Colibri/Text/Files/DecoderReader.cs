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
                return new ReplaceDecoder(field.Object("pattern").Text("String"), field.Text("content"));
            default:
                throw field.Get("type", "a type").Wrong(
                    "BPEDecoder, ByteFallback, ByteLevel, CTC, Fuse, Metaspace, Replace, Sequence, Strip or WordPiece");
        }
    }
}
