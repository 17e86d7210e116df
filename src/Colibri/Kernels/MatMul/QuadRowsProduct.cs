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

    private readonly QuadRows _rows = new(stored, pairs);

    /// <summary>Bytes of scratch.</summary>
    public const int ScratchBytes = Most / MatMulKernel.Stretch * QuadRows.SumBytes;

    /// <summary>What it runs.</summary>
    public AssembledFunction Function => _rows.Function;

    /// <summary>Whether rows of so many columns are whole steps.</summary>
    public bool Takes(int columns) => columns % (pairs ? 2 * QuadPanel.Step : QuadPanel.Step) == 0;

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
                for (var first = 0; first < 4; first += QuadRows.Fours)
                {
                    Chains(rows + first * rowBytes + (nint)unit * unitBytes, rowBytes, count, unitBytes, (byte*)activations + (nint)unit * sizeof(float), scratch + first * 64);
                }

                Add((float*)scratch, (count + MatMulKernel.Stretch - 1) / MatMulKernel.Stretch, y + panel * Panel, unit == 0);
            }
        }
    }

    private void Chains(byte* rows, nint rowBytes, int units, int unitBytes, byte* activations, byte* sums)
    {
        var (whole, rest) = (units / MatMulKernel.Stretch, units % MatMulKernel.Stretch);
        if (whole > 0)
        {
            _rows.Run(rows, rowBytes, whole, MatMulKernel.Stretch / QuadPanel.Step, activations, sums);
        }

        if (rest > 0)
        {
            var done = whole * MatMulKernel.Stretch;
            _rows.Run(rows + (nint)done * unitBytes, rowBytes, 1, rest / QuadPanel.Step, activations + (nint)done * sizeof(float), sums + whole * QuadRows.SumBytes);
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
