namespace Colibri.Kernels.MatMul;

/// <summary>Rows shared out evenly over tiles: one of a single row costs half as much as one of four.</summary>
/// <param name="rows">Rows, at least one a tile.</param>
/// <param name="count">Tiles.</param>
internal readonly struct TileRows(int rows, int count)
{
    /// <summary>The fewest rows that unpack meanwhile: with fewer there is more to unpack than to multiply.</summary>
    public const int FewestUnpacking = 7;

    /// <summary>Tiles.</summary>
    public int Count { get; } = count;

    /// <summary>Rows of the first tiles; the others have one less.</summary>
    public int Most { get; } = (rows + count - 1) / count;

    /// <summary>Tiles that have so many rows.</summary>
    public int Larger { get; } = rows - count * ((rows + count - 1) / count - 1);

    /// <summary>As few tiles as will do.</summary>
    /// <param name="rows">Rows, at least one.</param>
    public static TileRows Fewest(int rows) => new(rows, (rows + IntegerTile.MostRows - 1) / IntegerTile.MostRows);

    /// <summary>Two or four tiles that unpack.</summary>
    /// <param name="rows">Rows, <see cref="FewestUnpacking"/> to sixteen.</param>
    public static TileRows Unpacking(int rows) => new(rows, rows <= 2 * IntegerTile.Unpacking ? 2 : 4);
}
