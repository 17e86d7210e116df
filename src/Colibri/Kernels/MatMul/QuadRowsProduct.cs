using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>The product of one row of activations with stored floats, a panel at a time (<see cref="QuadRows"/>).</summary>
/// <param name="stored">How the weights lie in memory.</param>
/// <param name="pairs">Whether activations are pairs of bfloat16.</param>
internal sealed unsafe class QuadRowsProduct(StoredFloat stored, bool pairs)
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Columns (or pairs) whose chains are kept at a time: whole stretches.</summary>
    private const int Most = 32 * MatMulKernel.Stretch;

    // How far ahead of use each of four rows is asked for: one core read 29, 34, 38 and 39 GB/s of F16 with 1, 1.5, 2 and 3 KiB, and 33, 36,
    // 38 and 36 of BF16.
    private const int Ahead = 2560;

    private readonly QuadRows _rows = new(stored, pairs);

    /// <summary>Bytes of scratch.</summary>
    public const int ScratchBytes = Most / MatMulKernel.Stretch * QuadRows.SumBytes;

    /// <summary>What it runs.</summary>
    public AssembledFunction Function => _rows.Function;

    /// <summary>Whether rows of so many columns are whole steps.</summary>
    public bool Takes(int columns) => columns % (pairs ? 2 * _rows.StepColumns : _rows.StepColumns) == 0;

    /// <summary>Computes panels.</summary>
    /// <param name="weight">Weights [outputs, columns].</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">Behind the last panel; all its outputs exist.</param>
    /// <param name="activations">A 32-bit number for each column (or pair).</param>
    /// <param name="y">Receives the results; of output 0.</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>, 64-byte aligned.</param>
    public void Run(Weight weight, int firstPanel, int lastPanel, void* activations, float* y, byte* scratch)
    {
        var rowBytes = (nint)weight.RowBytes;
        var units = pairs ? weight.Columns / 2 : weight.Columns;
        var unitBytes = (int)(rowBytes / units);
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var rows = weight.Address + (long)panel * Panel * rowBytes;
            for (var unit = 0; unit < units; unit += Most)
            {
                var count = Math.Min(Most, units - unit);
                for (var first = 0; first < 4; first++)
                {
                    // What comes next begins a row further on, and behind the last four rows thirteen.
                    Chains(rows + first * rowBytes, rowBytes, unit, count, unitBytes, first < 3 ? 0 : 12 * rowBytes, activations, scratch + first * 64);
                }

                Add((float*)scratch, (count + MatMulKernel.Stretch - 1) / MatMulKernel.Stretch, y + panel * Panel, unit == 0);
            }
        }
    }

    private void Chains(byte* rows, nint rowBytes, int unit, int units, int unitBytes, nint jump, void* activations, byte* sums)
    {
        var stretchBytes = MatMulKernel.Stretch * unitBytes;
        for (var done = 0; done < units;)
        {
            // Whole stretches up to where the row behind this one is asked for, those behind that, and one that is not whole.
            var at = (nint)(unit + done) * unitBytes;
            var left = (int)((rowBytes - Ahead - at) / stretchBytes);
            var whole = (units - done) / MatMulKernel.Stretch;
            var stretches = Math.Max(1, left > 0 ? Math.Min(left, whole) : whole);
            var count = Math.Min(stretches * MatMulKernel.Stretch, units - done);
            _rows.Run(
                rows + at, rowBytes, stretches, (whole == 0 ? count : MatMulKernel.Stretch) / _rows.StepColumns, Ahead + (left > 0 ? 0 : jump),
                (byte*)activations + (nint)(unit + done) * sizeof(float), sums + done / MatMulKernel.Stretch * QuadRows.SumBytes);
            done += count;
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
}
