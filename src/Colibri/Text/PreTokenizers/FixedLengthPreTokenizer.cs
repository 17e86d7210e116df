using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>FixedLength: parts of a number of characters; the last may be shorter.</summary>
internal sealed class FixedLengthPreTokenizer(int length) : SplitterPreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        var start = 0;
        var characters = 0;
        for (var i = 0; i < text.Length;)
        {
            i += Utf8Text.LengthOf(text[i]);
            if (++characters == length)
            {
                parts.AddPart(start, i);
                start = i;
                characters = 0;
            }
        }

        parts.AddPart(start, text.Length);
    }
}
