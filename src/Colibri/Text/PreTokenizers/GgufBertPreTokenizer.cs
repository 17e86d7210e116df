using System.Text;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>
/// How llama.cpp prepares text for word pieces (llm_tokenizer_wpm_session::preprocess): white space separates words,
/// control characters go, accents are stripped by keeping the first character of each decomposition, case is lowered, and
/// punctuation, ASCII symbols and Chinese characters are words of their own. Each word gets U+2581 before it.
/// </summary>
internal sealed class GgufBertPreTokenizer(bool lowercases, bool stripsAccents) : PreTokenizer
{
    private static readonly byte[] Mark = [0xE2, 0x96, 0x81];

    private static readonly MarkCut Cut = new();

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        text.Rewrite(Write);
        text.Split(Cut);
    }

    private void Write(TextBuffer from, Piece piece, TextBuffer to)
    {
        Span<byte> encoded = stackalloc byte[4];
        var parts = new List<int>();
        var inWord = false;
        var bytes = from.Bytes;
        for (var i = piece.Start; i < piece.End;)
        {
            var codePoint = Utf8Text.Read(bytes, i, out var size);
            var at = i;
            i += size;
            if (stripsAccents && codePoint >= 0x80)
            {
                parts.Clear();
                Normalization.Decompose(codePoint, compatible: false, parts);
                codePoint = parts[0];
            }

            if (CharacterClass.IsSpace(codePoint))
            {
                inWord = false;
                continue;
            }

            var bit = CharacterClass.CategoryBit(codePoint);
            if (codePoint is 0 or Utf8Text.Replacement || (bit & Dropped) != 0 || (stripsAccents && (bit & Categories.Mark) != 0))
            {
                continue;
            }

            var alone = (bit & Categories.Punctuation) != 0 || (codePoint < 0x7F && (bit & Categories.Symbol) != 0) || BertNormalizer.IsChinese(codePoint);
            var written = encoded[..Utf8Text.Write(lowercases ? Lower(codePoint) : codePoint, encoded)];
            var start = to.Tracks ? from.OriginStart(at) : 0;
            var end = to.Tracks ? from.OriginEnd(at) : 0;
            if (alone || !inWord)
            {
                to.Append(Mark, start, start);
            }

            to.Append(written, start, end);
            inWord = !alone;
        }
    }

    // C without the unassigned code points, which the reference does not count as control characters.
    private const uint Dropped = Categories.Control | Categories.Format | (1u << 16) | (1u << 17);

    private static int Lower(int codePoint) => codePoint < 0x80
        ? LowercaseNormalizer.Lower(codePoint)
        : Rune.IsValid(codePoint) ? Rune.ToLowerInvariant(new Rune(codePoint)).Value : codePoint;

    // A mark never comes out of the text itself here: it is a symbol beyond ASCII, and would be inside a word.
    private sealed class MarkCut : ISplitter
    {
        public void Split(ReadOnlySpan<byte> text, PieceList parts)
        {
            for (var start = 0; start < text.Length;)
            {
                var found = text[(start + Mark.Length)..].IndexOf(Mark);
                var end = found < 0 ? text.Length : start + Mark.Length + found;
                parts.AddPart(start, end);
                start = end;
            }
        }
    }
}
