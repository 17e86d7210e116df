using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>
/// ByteLevel: puts a space before a text that has none, cuts as GPT-2 does, and spells each byte as a character of the
/// byte alphabet. Where the model itself takes bytes the spelling is left out (<paramref name="spells"/> false).
/// </summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool splits, bool spells) : PreTokenizer
{
    /// <summary>The same without the spelling, for a model whose symbols are bytes.</summary>
    public ByteLevelPreTokenizer WithoutSpelling() => new(addPrefixSpace, splits, spells: false);

    /// <inheritdoc/>
    public override void Apply(PreTokenizedText text)
    {
        if (addPrefixSpace)
        {
            text.Rewrite(static (from, piece, to) =>
            {
                if (from.Bytes[piece.Start] != ' ')
                {
                    to.Append((byte)' ', to.Tracks ? from.OriginStart(piece.Start) : 0, to.Tracks ? from.OriginEnd(piece.Start) : 0);
                }

                to.Append(from, piece.Start, piece.End - piece.Start);
            });
        }

        if (splits)
        {
            text.Split(Gpt2Splitter.Instance);
        }

        if (spells)
        {
            text.Rewrite(Spell);
        }
    }

    private static void Spell(TextBuffer from, Piece piece, TextBuffer to)
    {
        Span<byte> encoded = stackalloc byte[2];
        for (var i = piece.Start; i < piece.End; i++)
        {
            var size = Utf8Text.Write(ByteAlphabet.CodePoint(from.Bytes[i]), encoded);
            to.Append(encoded[..size], to.Tracks ? from.OriginStart(i) : 0, to.Tracks ? from.OriginEnd(i) : 0);
        }
    }
}
