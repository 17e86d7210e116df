using Colibri.Text.Unicode;

namespace Colibri.Text.TokenModels;

/// <summary>Gathers the merges of a byte-pair model and what follows from them.</summary>
internal sealed class BpeTables
{
    private readonly bool symbolsAreBytes;

    /// <summary>Room for a number of merges.</summary>
    /// <param name="symbolsAreBytes">Whether symbols are spelled in raw bytes.</param>
    /// <param name="count">How many merges there are.</param>
    public BpeTables(bool symbolsAreBytes, int count)
    {
        this.symbolsAreBytes = symbolsAreBytes;
        Merges = new MergeTable(count);
    }

    /// <summary>The merges.</summary>
    public MergeTable Merges { get; }

    /// <summary>Which characters merges can join.</summary>
    public NeighbourFilter Neighbours { get; } = new();

    /// <summary>Adds a merge.</summary>
    /// <param name="left">The left symbol.</param>
    /// <param name="leftText">Its bytes.</param>
    /// <param name="right">The right symbol.</param>
    /// <param name="rightText">Its bytes.</param>
    /// <param name="rank">Lower merges first.</param>
    /// <param name="joined">What they become.</param>
    /// <param name="keepFirst">Whether a pair that comes twice keeps its first rank and not its last.</param>
    public void Add(int left, ReadOnlySpan<byte> leftText, int right, ReadOnlySpan<byte> rightText, int rank, int joined, bool keepFirst)
    {
        Merges.Set(left, right, rank, joined, keepFirst);
        if (leftText.IsEmpty || rightText.IsEmpty)
        {
            return;
        }

        if (symbolsAreBytes)
        {
            Neighbours.Add(leftText[^1], rightText[0]);
        }
        else
        {
            Neighbours.Add(Utf8Text.ReadBefore(leftText, leftText.Length, out _), Utf8Text.Read(rightText, 0, out _));
        }
    }
}
