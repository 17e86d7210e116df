using System.Text;
using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>Metaspace: spaces become a visible character, one is put before the text as the scheme says, and the text may be cut before each.</summary>
internal sealed class MetaspacePreTokenizer : PreTokenizer
{
    private readonly byte[] mark;
    private readonly PrependScheme scheme;
    private readonly MetaspaceCut? cut;

    /// <summary>Creates the pre-tokenizer.</summary>
    /// <param name="replacement">What spaces become.</param>
    /// <param name="scheme">Where one is put before the text.</param>
    /// <param name="splits">Whether the text is cut before each.</param>
    public MetaspacePreTokenizer(Rune replacement, PrependScheme scheme, bool splits)
    {
        mark = Encoding.UTF8.GetBytes(replacement.ToString());
        this.scheme = scheme;
        cut = splits ? new MetaspaceCut(mark) : null;
    }

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        text.Rewrite(Mark);
        if (cut is not null)
        {
            text.Split(cut);
        }
    }

    private void Mark(TextBuffer from, Piece piece, TextBuffer to)
    {
        var bytes = from.Bytes[piece.Start..piece.End];
        var begins = bytes[0] == ' ' || bytes.StartsWith(mark);
        if (!begins && (scheme == PrependScheme.Always || (scheme == PrependScheme.First && piece.Origin == 0)))
        {
            to.Append(mark, to.Tracks ? from.OriginStart(piece.Start) : 0, to.Tracks ? from.OriginEnd(piece.Start) : 0);
        }

        for (var at = 0; at < bytes.Length;)
        {
            var space = bytes[at..].IndexOf((byte)' ');
            var end = space < 0 ? bytes.Length : at + space;
            to.Append(from, piece.Start + at, end - at);
            at = end;
            if (space >= 0)
            {
                // As the reference has it, what replaces a space shares the origin of the space itself.
                to.Append(mark, to.Tracks ? from.OriginStart(piece.Start + at) : 0, to.Tracks ? from.OriginEnd(piece.Start + at) : 0);
                at++;
            }
        }
    }

    private sealed class MetaspaceCut(byte[] mark) : ISplitter
    {
        public void Split(ReadOnlySpan<byte> text, PieceList parts)
        {
            // Each mark begins a part.
            var start = 0;
            for (var at = 0; ;)
            {
                var found = text[at..].IndexOf(mark);
                if (found < 0)
                {
                    parts.AddPart(start, text.Length);
                    return;
                }

                parts.AddPart(start, at + found);
                start = at + found;
                at = start + mark.Length;
            }
        }
    }
}
