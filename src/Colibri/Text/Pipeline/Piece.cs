namespace Colibri.Text.Pipeline;

/// <summary>A part of the prepared text: words still to be tokenized, or an added token already known.</summary>
/// <param name="Start">First byte in the prepared text.</param>
/// <param name="End">Byte after the last.</param>
/// <param name="Id">The added token's id, or -1 for text.</param>
/// <param name="Origin">Where the piece begins in the original text.</param>
internal readonly record struct Piece(int Start, int End, int Id, int Origin)
{
    /// <summary>Whether the piece is text still to be tokenized.</summary>
    public bool IsText => Id < 0;
}
