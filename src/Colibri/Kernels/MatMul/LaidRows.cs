using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Lays sixteen rows of stored floats into a panel as <see cref="QuadPanel"/> does, assembled with AVX2 and F16C. Meanwhile memory is asked for, evenly
/// and in order, since short pieces of many rows look like no stream to the processor.
/// </summary>
/// <param name="Stored">How the rows lie in memory.</param>
internal sealed unsafe record LaidRows(StoredFloat Stored)
{
    /// <summary>Columns of a step.</summary>
    private const int Step = 8;

    private const int Rows = MatMulKernel.Panel;
    private const int QuadBytes = 4 * Rows * sizeof(float);

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"panel of {Stored} in 256 bits", () => Assemble(Stored));

    /// <summary>One for each way that floats are stored.</summary>
    public static LaidRows[] Kinds { get; } = [new(StoredFloat.Single), new(StoredFloat.Half), new(StoredFloat.Brain)];

    /// <summary>The one for weights that <see cref="PairedRows"/> takes.</summary>
    public static LaidRows Of(Weight weight) => Kinds[(int)weight.Format.FloatLayout - (int)StoredFloat.Single];

    /// <summary>Takes rows.</summary>
    /// <param name="rows">The first column of row 0; all sixteen rows exist.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="columns">Columns, whole steps of eight, at least one.</param>
    /// <param name="panel">Receives sixteen values a column.</param>
    /// <param name="ahead">The first line that memory is asked for; as many bytes are asked for as are read.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Take(byte* rows, nint rowBytes, int columns, float* panel, byte* ahead) => Take(Function, rows, rowBytes, columns, panel, ahead);

    /// <summary>Takes rows by a function that <see cref="Assemble"/> gave.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Take(AssembledFunction function, byte* rows, nint rowBytes, int columns, float* panel, byte* ahead)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Steps = columns / Step, Panel = panel, Ahead = ahead };
        function.CallBriefly(&arguments);
    }

    /// <summary>The code for floats stored in one way.</summary>
    internal static byte[] Assemble(StoredFloat stored)
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var stepBytes = Step * (stored == StoredFloat.Single ? sizeof(float) : sizeof(ushort));
        var (rowBytes, first, quads, steps, panel, ahead, target) = (rcx, rdx, r8, r9, r10, r12, r13);
        AssemblerRegister64[] fours = [rsi, r11, rax, rbx];
        AssemblerRegisterYMM[] rows = [ymm0, ymm1, ymm2, ymm3];
        c.mov(first, arguments[nameof(Arguments.Rows)]);
        c.mov(rowBytes, arguments[nameof(Arguments.RowBytes)]);
        c.mov(panel, arguments[nameof(Arguments.Panel)]);
        c.mov(ahead, arguments[nameof(Arguments.Ahead)]);
        c.mov(quads, 4);

        // Four rows at a time: sixteen whose distance is a power of two would push one another out of the first-level cache.
        function.Loop(quads, () =>
        {
            c.mov(fours[0], first);
            for (var q = 1; q < 4; q++)
            {
                c.lea(fours[q], __[fours[q - 1] + rowBytes * 4]);
            }

            c.mov(target, panel);
            c.mov(steps, arguments[nameof(Arguments.Steps)]);
            function.Loop(steps, () =>
            {
                for (var q = 0; q < 4; q++)
                {
                    Load(c, stored, rows[q], fours[q]);
                    c.add(fours[q], stepBytes);
                }

                for (var line = 0; line < 4 * stepBytes; line += 64)
                {
                    c.prefetcht1(__byte_ptr[ahead + line]);
                }

                for (var pair = 0; pair < 2; pair++)
                {
                    c.vperm2f128(ymm4, rows[2 * pair], rows[2 * pair + 1], 0x20);
                    c.vperm2f128(ymm5, rows[2 * pair], rows[2 * pair + 1], 0x31);
                    c.vmovups(__ymmword_ptr[target + pair * 32], ymm4);
                    c.vmovups(__ymmword_ptr[target + (pair * 32 + QuadBytes)], ymm5);
                }

                c.add(target, 2 * QuadBytes);
                c.add(ahead, 4 * stepBytes);
            });
            c.add(first, rowBytes);
            c.add(panel, QuadBytes / 4);
        });
        return function.Finish();
    }

    private static void Load(Assembler c, StoredFloat stored, AssemblerRegisterYMM target, AssemblerRegister64 source)
    {
        switch (stored)
        {
            case StoredFloat.Single:
                c.vmovups(target, __ymmword_ptr[source]);
                break;
            case StoredFloat.Half:
                c.vcvtph2ps(target, __xmmword_ptr[source]);
                break;
            default:
                c.vpmovzxwd(target, __xmmword_ptr[source]);
                c.vpslld(target, target, 16);
                break;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Steps;
        public float* Panel;
        public byte* Ahead;
    }
}
