using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// A few rows of activations times four rows of stored floats as they lie in memory, as decoding needs it: a register of chains for
/// each row of activations, and memory asked for in its own order.
/// </summary>
/// <param name="Rows">Rows of activations, 1 to 4.</param>
/// <param name="Stored">How the weights lie in memory.</param>
/// <param name="Pairs">Whether 32 bits are a pair of bfloat16 (and a column a pair) that <c>vdpbf16ps</c> takes.</param>
internal sealed unsafe record QuadRows(int Rows, StoredFloat Stored, bool Pairs)
{
    /// <summary>Most rows of activations.</summary>
    public const int MostRows = 4;

    /// <summary>Bytes of the sums of a stretch: four times sixteen chains of sixteen rows.</summary>
    public const int SumBytes = 4 * 64;

    private const int Line = 64;

    private static readonly AssemblerRegister64 Activations = r8;
    private static readonly AssemblerRegister64 Third = r12;
    private static readonly AssemblerRegister64 Stride = r13;

    /// <summary>What is loaded: pairs as the 32 bits they are.</summary>
    public StoredFloat Loaded => Pairs ? StoredFloat.Single : Stored;

    /// <summary>Columns (or pairs) of a step: a cache line of a row.</summary>
    public int StepColumns => QuadPanel.Step * Line / QuadAssembly.StepBytes(Loaded);

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"matmul {(Pairs ? "bfloat16 pairs" : "float")} rows of {Stored} by {Rows}", Assemble);

    /// <summary>The chains of some stretches of columns.</summary>
    /// <param name="rows">The first of these columns in the first row; the others lie one behind the other.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="stretches">Stretches, at least one.</param>
    /// <param name="steps">Steps of <see cref="StepColumns"/> columns (or pairs) of each, at least one.</param>
    /// <param name="ahead">The first line that memory is asked for; as many bytes are asked for as are read.</param>
    /// <param name="activations">A 32-bit number for each column (or pair) of the first row of activations.</param>
    /// <param name="activationStride">Bytes from one row of activations to the next.</param>
    /// <param name="sums">Receives a register a stretch of the first row of activations, <see cref="SumBytes"/> from one to the next.</param>
    /// <param name="sumStride">Bytes from the sums of one row of activations to those of the next.</param>
    public void Run(byte* rows, nint rowBytes, int stretches, int steps, byte* ahead, void* activations, nint activationStride, byte* sums, nint sumStride)
    {
        var arguments = new Arguments
        {
            Rows = rows,
            RowBytes = rowBytes,
            Stretches = stretches,
            Steps = steps,
            Ahead = ahead,
            Activations = activations,
            ActivationStride = activationStride,
            Sums = sums,
            SumStride = sumStride,
        };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var (ahead, stretches, steps, sums, sumStride) = (rsi, rdx, rcx, rax, rbp);
        c.mov(QuadAssembly.Row, arguments[nameof(Arguments.Rows)]);
        c.mov(ahead, arguments[nameof(Arguments.Ahead)]);
        c.mov(stretches, arguments[nameof(Arguments.Stretches)]);
        c.mov(Activations, arguments[nameof(Arguments.Activations)]);
        c.mov(Stride, arguments[nameof(Arguments.ActivationStride)]);
        c.lea(Third, __[Activations + Stride * 2]);
        c.mov(sumStride, arguments[nameof(Arguments.SumStride)]);
        c.mov(sums, arguments[nameof(Arguments.Sums)]);
        QuadAssembly.Between(c, arguments[nameof(Arguments.RowBytes)]);
        function.Loop(stretches, () =>
        {
            for (var row = 0; row < Rows; row++)
            {
                c.vpxord(Sum(row), Sum(row), Sum(row));
            }

            c.mov(steps, arguments[nameof(Arguments.Steps)]);
            function.Loop(steps, () =>
            {
                FunctionAssembler.WeaveAhead(c, Step, ahead, 4);
                c.add(ahead, 4 * Line);
                c.add(QuadAssembly.Row, Line);
                c.add(Activations, 64 * Line / QuadAssembly.StepBytes(Loaded));
                c.add(Third, 64 * Line / QuadAssembly.StepBytes(Loaded));
            });
            c.mov(steps, sums);
            for (var row = 0; row < Rows; row++)
            {
                c.vmovups(__zmmword_ptr[steps], Sum(row));
                c.add(steps, sumStride);
            }

            c.add(sums, SumBytes);
        });
        return function.Finish();
    }

    private void Step(Assembler c)
    {
        var bytes = QuadAssembly.StepBytes(Loaded);
        for (var part = 0; part < Line / bytes; part++)
        {
            QuadAssembly.LoadAndTurn(c, Loaded, 8 * part, part * bytes);
            for (var quad = 0; quad < 4; quad++)
            {
                for (var row = 0; row < Rows; row++)
                {
                    c.vbroadcastf32x4(VectorRegisters.Zmm[16 + row], ActivationAt(row, part * 64 + quad * 16));
                    QuadAssembly.MultiplyAdd(c, Pairs, Sum(row), VectorRegisters.Zmm[8 * part + quad], VectorRegisters.Zmm[16 + row]);
                }
            }
        }
    }

    private static AssemblerRegisterZMM Sum(int row) => VectorRegisters.Zmm[28 + row];

    private static AssemblerMemoryOperand ActivationAt(int row, int offset) => row switch
    {
        0 => __xmmword_ptr[Activations + offset],
        1 => __xmmword_ptr[Activations + Stride + offset],
        2 => __xmmword_ptr[Third + offset],
        _ => __xmmword_ptr[Third + Stride + offset],
    };

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Stretches;
        public long Steps;
        public byte* Ahead;
        public void* Activations;
        public nint ActivationStride;
        public byte* Sums;
        public nint SumStride;
    }
}
