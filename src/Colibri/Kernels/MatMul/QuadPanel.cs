using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Brings sixteen rows of weights into the order in which float products read them: for each four columns, four times
/// sixteen values, of which quarter q of the j-th holds the columns of row 4 q + j. So four chains of sixteen outputs lie side by
/// side, and sums of quarters are outputs in order (<see cref="Lanes.ILanes{T}.SumQuarters"/>).
/// </summary>
/// <param name="Stored">How the rows lie in memory.</param>
internal sealed unsafe record QuadPanel(StoredFloat Stored)
{
    /// <summary>Columns of a step of the assembled form.</summary>
    public const int Step = 16;

    private const int Rows = MatMulKernel.Panel;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"panel of {Stored}", Assemble);

    /// <summary>Takes decoded rows.</summary>
    /// <param name="rows">Sixteen rows, zeros behind the last column up to a multiple of four.</param>
    /// <param name="stride">Values from one row to the next.</param>
    /// <param name="columns">How many columns; a last four that is not whole is taken as four.</param>
    /// <param name="panel">Receives sixteen values for each of these columns.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Take(float* rows, int stride, int columns, float* panel)
    {
        for (var k = 0; k < columns; k += 4, panel += 4 * Rows)
        {
            for (var r = 0; r < Rows; r++)
            {
                Vector128.Load(rows + (nint)r * stride + k).Store(panel + (r % 4 * 4 + r / 4) * 4);
            }
        }
    }

    /// <summary>Takes stored rows, whole steps of columns.</summary>
    /// <param name="rows">The first column of row 0; all sixteen rows exist.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="steps">Steps of sixteen columns, at least one.</param>
    /// <param name="panel">Receives sixteen values a column.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(byte* rows, nint rowBytes, int steps, float* panel)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Steps = steps, Panel = panel };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var (start, steps, panel) = (rsi, rcx, r8);
        c.mov(start, arguments[nameof(Arguments.Rows)]);
        c.mov(steps, arguments[nameof(Arguments.Steps)]);
        c.mov(panel, arguments[nameof(Arguments.Panel)]);
        QuadAssembly.Distances(c, arguments[nameof(Arguments.RowBytes)]);
        function.Loop(steps, () =>
        {
            c.mov(QuadAssembly.Row, start);
            for (var j = 0; j < 4; j++)
            {
                QuadAssembly.LoadAndTurn(c, Stored, 8 * (j % 2));
                for (var quad = 0; quad < 4; quad++)
                {
                    c.vmovups(__zmmword_ptr[panel + (quad * 256 + j * 64)], VectorRegisters.Zmm[8 * (j % 2) + quad]);
                }

                c.add(QuadAssembly.Row, QuadAssembly.RowBytes);
            }

            c.add(start, QuadAssembly.StepBytes(Stored));
            c.add(panel, Step * 64);
        });
        return function.Finish();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Steps;
        public float* Panel;
    }
}
