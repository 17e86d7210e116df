using Colibri.Formats;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>How rows of weights become a panel of float32 (<see cref="QuadPanel"/>), and how rows of activations are multiplied with it.</summary>
internal unsafe interface IFloatPanel
{
    /// <summary>Rows of activations that are multiplied at a time.</summary>
    static abstract int RowsAtOnce { get; }

    /// <summary>Whether weights are read as they lie: one or two rows of activations without a panel, and panels without decoding rows first.</summary>
    /// <param name="weight">The weights.</param>
    static abstract bool TakesStored(Weight weight);

    /// <summary>Lays a stretch of sixteen rows, all of which exist, of weights that are read as they lie.</summary>
    /// <param name="weight">The weights.</param>
    /// <param name="firstOutput">The first row.</param>
    /// <param name="column">The first column.</param>
    /// <param name="columns">Columns of the stretch.</param>
    /// <param name="panel">Receives sixteen values a column.</param>
    static abstract void Lay(Weight weight, int firstOutput, int column, int columns, float* panel);

    /// <summary>Any number of rows against one panel.</summary>
    /// <param name="a">Rows of activations, at the stretch's first column.</param>
    /// <param name="aStride">Values from one row of a to the next.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="columns">Columns of the stretch.</param>
    /// <param name="y">Sixteen results a row, read first unless <paramref name="fresh"/>.</param>
    /// <param name="yStride">Values from one row of results to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="fresh">Whether this is the first stretch.</param>
    static abstract void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh);
}

/// <summary>In lanes of some width.</summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal readonly unsafe struct LanePanel<T> : IFloatPanel where T : unmanaged, ILanes<T>
{
    public static int RowsAtOnce => HalfPanelProduct.RowsAtOnce;

    // In 256-bit vectors stored floats are converted while they are loaded.
    public static bool TakesStored(Weight weight) => T.Registers == 2 && PairedRows.Takes(weight);

    public static void Lay(Weight weight, int firstOutput, int column, int columns, float* panel) => PairedRows.Lay(weight, firstOutput, column, columns, panel);

    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh) =>
        PanelProduct<T>.Rows(a, aStride, panel, columns, y, yStride, rows, fresh);
}

/// <summary>By code assembled with AVX2 (<see cref="LaidRows"/>, <see cref="QuadTile256"/>).</summary>
internal readonly unsafe struct AssembledPanel256 : IFloatPanel
{
    public static int RowsAtOnce => ThreeRowTiles.Most;

    public static bool TakesStored(Weight weight) => PairedRows.Takes(weight);

    public static void Lay(Weight weight, int firstOutput, int column, int columns, float* panel)
    {
        // Memory is asked for as far in the next panel as this one is laid by then.
        var rows = weight.Address + firstOutput * weight.RowBytes;
        var at = weight.Format.BytesFor(column);
        LaidRows.Of(weight).Take(rows + at, (nint)weight.RowBytes, columns, panel, rows + MatMulKernel.Panel * (weight.RowBytes + at));
    }

    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh)
    {
        if (columns % 4 == 0)
        {
            QuadTile256.Pass(a, aStride, panel, columns, y, yStride, rows, fresh);
        }
        else
        {
            PanelProduct<Lanes256>.Rows(a, aStride, panel, columns, y, yStride, rows, fresh);
        }
    }
}
