using System.Runtime.CompilerServices;
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
    private const int Most = 32 * MatMulKernel.Stretch;

    // How far ahead of use each of four rows is asked for: one core read 29, 34, 38 and 39 GB/s of F16 with 1, 1.5, 2 and 3 KiB, and 33, 36,
    // 38 and 36 of BF16.
    private const int Ahead = 2560;

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

    private void Some(Weight weight, int firstPanel, int lastPanel, byte* activations, nint activationStride, int count, float* y, nint yStride, byte* scratch)
    {
        var rowBytes = (nint)weight.RowBytes;
        var units = pairs ? weight.Columns / 2 : weight.Columns;
        var unitBytes = (int)(rowBytes / units);
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var rows = weight.Address + (long)panel * Panel * rowBytes;
            for (var unit = 0; unit < units; unit += Most)
            {
                var taken = Math.Min(Most, units - unit);
                for (var first = 0; first < 4; first++)
                {
                    // What comes next begins a row further on, and behind the last four rows thirteen.
                    var four = new Four(rows + first * rowBytes, rowBytes, unitBytes, first < 3 ? 0 : 12 * rowBytes);
                    Chains(_rows[count - 1], four, unit, taken, activations, activationStride, scratch + first * 64);
                }

                for (var row = 0; row < count; row++)
                {
                    Add((float*)(scratch + row * SumStride), (taken + MatMulKernel.Stretch - 1) / MatMulKernel.Stretch, y + row * yStride + panel * Panel, unit == 0);
                }
            }
        }
    }

    private static void Chains(QuadRows product, in Four four, int unit, int units, byte* activations, nint activationStride, byte* sums)
    {
        var stretchBytes = MatMulKernel.Stretch * four.UnitBytes;
        for (var done = 0; done < units;)
        {
            // Whole stretches up to where the row behind this one is asked for, those behind that, and one that is not whole.
            var at = (nint)(unit + done) * four.UnitBytes;
            var left = (int)((four.RowBytes - Ahead - at) / stretchBytes);
            var whole = (units - done) / MatMulKernel.Stretch;
            var stretches = Math.Max(1, left > 0 ? Math.Min(left, whole) : whole);
            var taken = Math.Min(stretches * MatMulKernel.Stretch, units - done);
            product.Run(
                four.Rows + at, four.RowBytes, stretches, (whole == 0 ? taken : MatMulKernel.Stretch) / product.StepColumns, Ahead + (left > 0 ? 0 : four.Jump),
                activations + (nint)(unit + done) * sizeof(float), activationStride, sums + done / MatMulKernel.Stretch * QuadRows.SumBytes, SumStride);
            done += taken;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* sums, int stretches, float* y, bool fresh)
    {
        var sum = Lanes512.Zero;
        for (var i = 0; i < stretches; i++, sums += QuadRows.SumBytes / sizeof(float))
        {
            var stretch = Lanes512.SumQuarters(Lanes512.Load(sums), Lanes512.Load(sums + 16), Lanes512.Load(sums + 32), Lanes512.Load(sums + 48));
            sum = i > 0 ? sum + stretch : fresh ? stretch : Lanes512.Load(y) + stretch;
        }

        Lanes512.Store(sum, y);
    }

    /// <summary>Four rows of weights, four apart.</summary>
    /// <param name="rows">The first one's first column.</param>
    /// <param name="rowBytes">Bytes from one row of the weights to the next.</param>
    /// <param name="unitBytes">Bytes of a column (or pair).</param>
    /// <param name="jump">Bytes from behind these rows to what is read next.</param>
    private readonly struct Four(byte* rows, nint rowBytes, int unitBytes, nint jump)
    {
        public readonly byte* Rows = rows;
        public readonly nint RowBytes = rowBytes;
        public readonly int UnitBytes = unitBytes;
        public readonly nint Jump = jump;
    }
}
