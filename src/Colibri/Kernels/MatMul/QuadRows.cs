using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// One row of activations times eight rows of stored floats as they lie in memory, as decoding needs it: two registers of
/// chains, whose latency hides behind each other, and no more than eight places that memory is read at.
/// </summary>
/// <param name="Stored">How the weights lie in memory.</param>
/// <param name="Pairs">Whether 32 bits are a pair of bfloat16 (and a column a pair) that <c>vdpbf16ps</c> takes.</param>
internal sealed unsafe record QuadRows(StoredFloat Stored, bool Pairs)
{
    /// <summary>Rows of a call, in two fours.</summary>
    public const int Fours = 2;

    /// <summary>Bytes of the sums of a stretch: four times sixteen chains of sixteen rows.</summary>
    public const int SumBytes = 4 * 64;

    /// <summary>What is loaded: pairs as the 32 bits they are.</summary>
    public StoredFloat Loaded => Pairs ? StoredFloat.Single : Stored;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"matmul {(Pairs ? "bfloat16 pairs" : "float")} rows of {Stored}", Assemble);

    /// <summary>The chains of some stretches of columns.</summary>
    /// <param name="rows">The first of these columns in the first row; the others are 1 row, and 4, 8 and 12 rows behind those.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="stretches">Stretches, at least one.</param>
    /// <param name="steps">Steps of sixteen columns (or pairs) of each, at least one.</param>
    /// <param name="activations">A 32-bit number for each column (or pair).</param>
    /// <param name="sums">Receives two registers a stretch, <see cref="SumBytes"/> from one to the next.</param>
    public void Run(byte* rows, nint rowBytes, int stretches, int steps, void* activations, byte* sums)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Stretches = stretches, Steps = steps, Activations = activations, Sums = sums };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        var (start, stretches, steps, activations, sums) = (rsi, rdx, rcx, r8, rax);
        c.mov(start, __qword_ptr[arguments + Offset(nameof(Arguments.Rows))]);
        c.mov(stretches, __qword_ptr[arguments + Offset(nameof(Arguments.Stretches))]);
        c.mov(activations, __qword_ptr[arguments + Offset(nameof(Arguments.Activations))]);
        c.mov(sums, __qword_ptr[arguments + Offset(nameof(Arguments.Sums))]);
        QuadAssembly.Distances(c, __qword_ptr[arguments + Offset(nameof(Arguments.RowBytes))]);
        function.Loop(stretches, () =>
        {
            for (var four = 0; four < Fours; four++)
            {
                c.vpxord(Sum(four), Sum(four), Sum(four));
            }

            c.mov(steps, __qword_ptr[arguments + Offset(nameof(Arguments.Steps))]);
            function.Loop(steps, () => Step(c, start, activations));
            for (var four = 0; four < Fours; four++)
            {
                c.vmovups(__zmmword_ptr[sums + four * 64], Sum(four));
            }

            c.add(sums, SumBytes);
        });
        return function.Finish();
    }

    private void Step(Assembler c, AssemblerRegister64 start, AssemblerRegister64 activations)
    {
        for (var quad = 0; quad < 4; quad++)
        {
            c.vbroadcastf32x4(VectorRegisters.Zmm[24 + quad], __xmmword_ptr[activations + quad * 16]);
        }

        c.mov(QuadAssembly.Row, start);
        for (var four = 0; four < Fours; four++)
        {
            QuadAssembly.LoadAndTurn(c, Loaded, 8 * four);
            for (var quad = 0; quad < 4; quad++)
            {
                if (Pairs)
                {
                    c.vdpbf16ps(Sum(four), VectorRegisters.Zmm[8 * four + quad], VectorRegisters.Zmm[24 + quad]);
                }
                else
                {
                    c.vfmadd231ps(Sum(four), VectorRegisters.Zmm[8 * four + quad], VectorRegisters.Zmm[24 + quad]);
                }
            }

            c.add(QuadAssembly.Row, QuadAssembly.RowBytes);
        }

        c.add(start, QuadAssembly.StepBytes(Loaded));
        c.add(activations, 64);
    }

    private static AssemblerRegisterZMM Sum(int four) => VectorRegisters.Zmm[30 + four];

    private static int Offset(string field) => (int)Marshal.OffsetOf<Arguments>(field);

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Stretches;
        public long Steps;
        public void* Activations;
        public byte* Sums;
    }
}
