namespace Colibri.Text.Pipeline;

/// <summary>The prepared text cut into pieces. Pre-tokenizers cut further, and some rewrite the text.</summary>
internal sealed class PreTokenizedText
{
    private TextBuffer text = new();
    private TextBuffer nextText = new();
    private PieceList pieces = new();
    private PieceList nextPieces = new();

    /// <summary>The text all pieces lie in.</summary>
    public TextBuffer Text => text;

    /// <summary>The pieces, in order.</summary>
    public PieceList Pieces => pieces;

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => text.Capacity + nextText.Capacity + pieces.Capacity + nextPieces.Capacity;

    /// <summary>Empties everything.</summary>
    public void Reset(bool tracks)
    {
        text.Reset(tracks);
        pieces.Clear();
    }

    /// <summary>Cuts each piece of text with a splitter.</summary>
    public void Split(ISplitter splitter)
    {
        nextPieces.Clear();
        var bytes = text.Bytes;
        foreach (var piece in pieces.Items)
        {
            if (piece.IsText)
            {
                nextPieces.StartSplit(piece);
                splitter.Split(bytes[piece.Start..piece.End], nextPieces);
            }
            else
            {
                nextPieces.Add(piece);
            }
        }

        (pieces, nextPieces) = (nextPieces, pieces);
    }

    /// <summary>Rewrites each piece of text; added tokens keep theirs.</summary>
    /// <param name="rewrite">Takes the present text, a piece and the text to append to.</param>
    public void Rewrite(Action<TextBuffer, Piece, TextBuffer> rewrite)
    {
        nextPieces.Clear();
        nextText.Reset(text.Tracks);
        nextText.Reserve(text.Length);
        foreach (var piece in pieces.Items)
        {
            var start = nextText.Length;
            if (piece.IsText)
            {
                rewrite(text, piece, nextText);
            }
            else
            {
                nextText.Append(text, piece.Start, piece.End - piece.Start);
            }

            if (nextText.Length > start || !piece.IsText)
            {
                nextPieces.Add(piece with { Start = start, End = nextText.Length });
            }
        }

        (pieces, nextPieces) = (nextPieces, pieces);
        (text, nextText) = (nextText, text);
    }

    /// <summary>Rewrites and cuts each piece of text at once; added tokens stay.</summary>
    /// <param name="rewrite">Takes the present text, a piece, the text to append to, and the parts to add, counted from where it began to append.</param>
    public void RewriteAndSplit(Action<TextBuffer, Piece, TextBuffer, PieceList> rewrite)
    {
        nextPieces.Clear();
        nextText.Reset(text.Tracks);
        nextText.Reserve(text.Length);
        foreach (var piece in pieces.Items)
        {
            if (piece.IsText)
            {
                nextPieces.StartSplit(piece with { Start = nextText.Length });
                rewrite(text, piece, nextText, nextPieces);
            }
            else
            {
                var start = nextText.Length;
                nextText.Append(text, piece.Start, piece.End - piece.Start);
                nextPieces.Add(piece with { Start = start, End = nextText.Length });
            }
        }

        (pieces, nextPieces) = (nextPieces, pieces);
        (text, nextText) = (nextText, text);
    }
}
