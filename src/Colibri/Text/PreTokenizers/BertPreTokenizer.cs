using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>BertPreTokenizer: cuts at white space, which goes, and around each punctuation character; in one pass.</summary>
internal sealed class BertPreTokenizer : SplitterPreTokenizer
{
    private static readonly byte[] Ascii = BuildAscii();

    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        var start = 0;
        for (var i = 0; i < text.Length;)
        {
            var codePoint = Utf8Text.Read(text, i, out var size);
            var kind = codePoint < 0x80 ? Ascii[codePoint] : Kind(codePoint);
            if (kind != 0)
            {
                parts.AddPart(start, i);
                start = i + size;
                if (kind == 2)
                {
                    parts.AddPart(i, start);
                }
            }

            i += size;
        }

        parts.AddPart(start, text.Length);
    }

    // 0 part of a word, 1 white space, 2 punctuation.
    private static byte Kind(int codePoint) =>
        CharacterClass.IsSpace(codePoint) ? (byte)1 : CharacterClass.IsBertPunctuation(codePoint) ? (byte)2 : (byte)0;

    private static byte[] BuildAscii()
    {
        var table = new byte[0x80];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = Kind(i);
        }

        return table;
    }
}
