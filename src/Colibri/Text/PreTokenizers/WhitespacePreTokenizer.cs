using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>Whitespace: the matches of <c>\w+|[^\w\s]+</c>, by hand.</summary>
internal sealed class WhitespacePreTokenizer : SplitterPreTokenizer
{
    /// <inheritdoc/>
    public override void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        var start = 0;
        var running = 0;
        for (var i = 0; i < text.Length;)
        {
            var codePoint = Utf8Text.Read(text, i, out var size);
            var kind = CharacterClass.IsWord(codePoint) ? 1 : CharacterClass.IsSpace(codePoint) ? 0 : 2;
            if (kind != running)
            {
                if (running != 0)
                {
                    parts.AddPart(start, i);
                }

                start = i;
                running = kind;
            }

            i += size;
        }

        if (running != 0)
        {
            parts.AddPart(start, text.Length);
        }
    }
}
