namespace Colibri.Kernels.MatMul;

/// <summary>Rows shared out over tiles of up to three: three at a time, but the last four as two and two.</summary>
internal static unsafe class ThreeRowTiles
{
    /// <summary>Most rows of a tile.</summary>
    public const int Most = 3;

    /// <summary>Rows of a stretch that take a microsecond at most.</summary>
    private const int BriefRows = 6;

    /// <summary>Runs tiles that move their arguments on.</summary>
    /// <typeparam name="T">What a tile is.</typeparam>
    /// <param name="shapes">The tiles of one row, of two and of three.</param>
    /// <param name="rows">All rows.</param>
    /// <param name="arguments">What the functions read.</param>
    /// <param name="tiles">Where in it they find how many tiles to run.</param>
    public static void Pass<T>(ReadOnlySpan<T> shapes, int rows, void* arguments, ref long tiles) where T : IRowTile
    {
        var threes = rows % 3 == 1 && rows > 1 ? rows / 3 - 1 : rows / 3;
        var rest = rows - 3 * threes;
        Some(shapes, 3, threes, arguments, ref tiles);
        Some(shapes, 2, rest / 2, arguments, ref tiles);
        Some(shapes, 1, rest % 2, arguments, ref tiles);
    }

    private static void Some<T>(ReadOnlySpan<T> shapes, int rows, int count, void* arguments, ref long tiles) where T : IRowTile
    {
        if (count == 0)
        {
            return;
        }

        tiles = count;
        var function = shapes[rows - 1].Function;
        if (rows * count <= BriefRows)
        {
            function.CallBriefly(arguments);
        }
        else
        {
            function.Call(arguments);
        }
    }
}
