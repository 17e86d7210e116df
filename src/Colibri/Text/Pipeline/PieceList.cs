using System.Runtime.CompilerServices;

namespace Colibri.Text.Pipeline;

/// <summary>A reusable list of pieces; a splitter adds its parts relative to the piece being split.</summary>
internal sealed class PieceList
{
    private Piece[] items = new Piece[16];
    private int basis;
    private int origin;

    /// <summary>Pieces in the list.</summary>
    public int Count { get; private set; }

    /// <summary>The pieces.</summary>
    public ReadOnlySpan<Piece> Items => items.AsSpan(0, Count);

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => items.Length * 16L;

    /// <summary>Empties the list.</summary>
    public void Clear() => Count = 0;

    /// <summary>Adds a piece.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(Piece piece)
    {
        if (Count == items.Length)
        {
            Array.Resize(ref items, items.Length * 2);
        }

        items[Count++] = piece;
    }

    /// <summary>What follows are parts of this piece.</summary>
    public void StartSplit(Piece piece)
    {
        basis = piece.Start;
        origin = piece.Origin;
    }

    /// <summary>Adds a part of the piece being split, unless it is empty.</summary>
    /// <param name="start">First byte, counted from the start of the piece.</param>
    /// <param name="end">Byte after the last.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddPart(int start, int end)
    {
        if (end > start)
        {
            // Only the first part is known to begin where the piece began; the others begin somewhere after it.
            Add(new Piece(basis + start, basis + end, -1, start == 0 ? origin : Math.Max(origin, 0) + 1));
        }
    }
}
