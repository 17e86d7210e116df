using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>The product of a few rows of activations with stored floats, a panel at a time (<see cref="QuadRows"/>).</summary>
/// <param name="stored">How the weights lie in memory.</param>
/// <param name="pairs">Whether activations are pairs of bfloat16.</param>
internal sealed unsafe class QuadRowsProduct(StoredFloat stored, bool pairs)
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Up to so many rows of activations, taking weights as they lie is worth more than a panel that all rows share.</summary>
    private const int MostRows = 2 * QuadRows.MostRows;

    /// <summary>Bytes of weights that stay near, in the second-level cache, until all rows have passed by.</summary>
    private const int Near = 512 << 10;

    /// <summary>Columns (or pairs) whose chains are kept at a time: whole stretches.</summary>
    private const int Most = 64 * MatMulKernel.Stretch;

    // How far ahead of use memory is asked for, beside three rows: so far behind the first of the next four rows the last of them lies.
    private const int Ahead = 10240;

    /// <summary>Bytes from the sums of one row of activations to those of the next.</summary>
    private const int SumStride = Most / MatMulKernel.Stretch * QuadRows.SumBytes;

    private readonly QuadRows[] _rows = [.. Enumerable.Range(1, QuadRows.MostRows).Select(rows => new QuadRows(rows, stored, pairs))];

    /// <summary>Bytes of scratch.</summary>
    public const int ScratchBytes = QuadRows.MostRows * SumStride;

    /// <summary>What it runs.</summary>
    public IEnumerable<AssembledFunction> Functions => _rows.Select(rows => rows.Function);

    /// <summary>Whether it takes so many rows of activations and columns: few rows, whole steps.</summary>
    public bool Takes(int rows, int columns) => rows <= MostRows && columns % (pairs ? 2 * _rows[0].StepColumns : _rows[0].StepColumns) == 0;

    /// <summary>Computes panels.</summary>
    /// <param name="weight">Weights [outputs, columns].</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">Behind the last panel; all its outputs exist.</param>
    /// <param name="activations">A 32-bit number for each column (or pair) of the first row.</param>
    /// <param name="activationStride">Bytes from one row of activations to the next.</param>
    /// <param name="count">Rows of activations.</param>
    /// <param name="y">Receives the results; of output 0 of the first row.</param>
    /// <param name="yStride">Values from one row of results to the next.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>, 64-byte aligned.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(Weight weight, int firstPanel, int lastPanel, void* activations, nint activationStride, int count, float* y, nint yStride, byte* scratch)
    {
        var near = count <= QuadRows.MostRows ? lastPanel - firstPanel : Math.Max(1, (int)(Near / (Panel * weight.RowBytes)));
        for (var panel = firstPanel; panel < lastPanel; panel += near)
        {
            for (var row = 0; row < count; row += QuadRows.MostRows)
            {
                Some(weight, panel, Math.Min(lastPanel, panel + near), (byte*)activations + row * activationStride, activationStride, Math.Min(QuadRows.MostRows, count - row), y + row * yStride, yStride, scratch);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Some(Weight weight, int firstPanel, int lastPanel, byte* activations, nint activationStride, int count, float* y, nint yStride, byte* scratch)
    {
        var rowBytes = (nint)weight.RowBytes;
        var units = pairs ? weight.Columns / 2 : weight.Columns;
        var unitBytes = rowBytes / units;
        var ahead = weight.Address + (long)firstPanel * Panel * rowBytes + 3 * rowBytes + Ahead;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var rows = weight.Address + (long)panel * Panel * rowBytes;
            for (var unit = 0; unit < units; unit += Most)
            {
                var taken = Math.Min(Most, units - unit);
                for (var four = 0; four < 4; four++, ahead += 4 * taken * unitBytes)
                {
                    var first = rows + 4 * four * rowBytes + unit * unitBytes;
                    Chains(_rows[count - 1], first, rowBytes, unitBytes, taken, ahead, activations + (nint)unit * sizeof(float), activationStride, scratch + four * 64);
                }

                for (var row = 0; row < count; row++)
                {
                    Add((float*)(scratch + row * SumStride), (taken + MatMulKernel.Stretch - 1) / MatMulKernel.Stretch, y + row * yStride + panel * Panel, unit == 0);
                }
            }
        }
    }

    // Whole stretches of four rows, then one that is not whole.
    private static void Chains(QuadRows product, byte* rows, nint rowBytes, nint unitBytes, int units, byte* ahead, byte* activations, nint activationStride, byte* sums)
    {
        var whole = units / MatMulKernel.Stretch;
        if (whole > 0)
        {
            product.Run(rows, rowBytes, whole, MatMulKernel.Stretch / product.StepColumns, ahead, activations, activationStride, sums, SumStride);
        }

        var done = whole * MatMulKernel.Stretch;
        if (done < units)
        {
            product.Run(
                rows + done * unitBytes, rowBytes, 1, (units - done) / product.StepColumns, ahead + 4 * done * unitBytes,
                activations + (nint)done * sizeof(float), activationStride, sums + whole * QuadRows.SumBytes, SumStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* sums, int stretches, float* y, bool fresh)
    {
        var sum = fresh ? Vector512<float>.Zero : Exchanged(Vector512.Load(y));
        for (var i = 0; i < stretches; i++, sums += QuadRows.SumBytes / sizeof(float))
        {
            var stretch = QuarterSums.Of(Vector512.Load(sums), Vector512.Load(sums + 16), Vector512.Load(sums + 32), Vector512.Load(sums + 48));
            sum = fresh && i == 0 ? stretch : sum + stretch;
        }

        Exchanged(sum).Store(y);
    }

    // Lane 4 q + j has row q of the j-th four, and the other way round.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Exchanged(Vector512<float> lanes) =>
        Vector512.Shuffle(lanes, Vector512.Create(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
}
