using Colibri.Formats;

namespace Colibri.Kernels.MatMul;

/// <summary>How rows of weights become a panel of float32 (<see cref="QuadPanel"/>), and how rows of activations are multiplied with it.</summary>
internal unsafe interface IFloatPanel
{
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
