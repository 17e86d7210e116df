using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// One row of activations times four rows of stored floats as they lie in memory, as decoding needs it: a register of chains, and
/// no more than four places that memory is read at.
/// </summary>
/// <param name="Stored">How the weights lie in memory.</param>
/// <param name="Pairs">Whether 32 bits are a pair of bfloat16 (and a column a pair) that <c>vdpbf16ps</c> takes.</param>
internal sealed unsafe record QuadRows(StoredFloat Stored, bool Pairs)
{
    /// <summary>Bytes of the sums of a stretch: four times sixteen chains of sixteen rows.</summary>
    public const int SumBytes = 4 * 64;

    private const int Line = 64;

    /// <summary>What is loaded: pairs as the 32 bits they are.</summary>
    public StoredFloat Loaded => Pairs ? StoredFloat.Single : Stored;

    /// <summary>Columns (or pairs) of a step: a cache line of a row.</summary>
    public int StepColumns => QuadPanel.Step * Line / QuadAssembly.StepBytes(Loaded);

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"matmul {(Pairs ? "bfloat16 pairs" : "float")} rows of {Stored}", Assemble);

    /// <summary>The chains of some stretches of columns.</summary>
    /// <param name="rows">The first of these columns in the first row; the others are 4, 8 and 12 rows behind.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="stretches">Stretches, at least one.</param>
    /// <param name="steps">Steps of <see cref="StepColumns"/> columns (or pairs) of each, at least one.</param>
    /// <param name="ahead">How many bytes behind what is read memory is asked for.</param>
    /// <param name="activations">A 32-bit number for each column (or pair).</param>
    /// <param name="sums">Receives a register a stretch, <see cref="SumBytes"/> from one to the next.</param>
    public void Run(byte* rows, nint rowBytes, int stretches, int steps, nint ahead, void* activations, byte* sums)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Stretches = stretches, Steps = steps, Ahead = ahead, Activations = activations, Sums = sums };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        var (ahead, stretches, steps, activations, sums) = (rsi, rdx, rcx, r8, rax);
        var sum = zmm31;
        c.mov(QuadAssembly.Row, __qword_ptr[arguments + Offset(nameof(Arguments.Rows))]);
        c.mov(ahead, __qword_ptr[arguments + Offset(nameof(Arguments.Ahead))]);
        c.mov(stretches, __qword_ptr[arguments + Offset(nameof(Arguments.Stretches))]);
        c.mov(activations, __qword_ptr[arguments + Offset(nameof(Arguments.Activations))]);
        c.mov(sums, __qword_ptr[arguments + Offset(nameof(Arguments.Sums))]);
        QuadAssembly.Distances(c, __qword_ptr[arguments + Offset(nameof(Arguments.RowBytes))]);
        function.Loop(stretches, () =>
        {
            c.vpxord(sum, sum, sum);
            c.mov(steps, __qword_ptr[arguments + Offset(nameof(Arguments.Steps))]);
            function.Loop(steps, () => Step(c, ahead, activations, sum));
            c.vmovups(__zmmword_ptr[sums], sum);
            c.add(sums, SumBytes);
        });
        return function.Finish();
    }

    private void Step(Assembler c, AssemblerRegister64 ahead, AssemblerRegister64 activations, AssemblerRegisterZMM sum)
    {
        c.add(QuadAssembly.Row, ahead);
        for (var row = 0; row < 4; row++)
        {
            c.prefetcht0(QuadAssembly.At(__byte_ptr, row, 0));
        }

        c.sub(QuadAssembly.Row, ahead);
        var bytes = QuadAssembly.StepBytes(Loaded);
        for (var part = 0; part < Line / bytes; part++)
        {
            QuadAssembly.LoadAndTurn(c, Loaded, 8 * part, part * bytes);
            for (var quad = 0; quad < 4; quad++)
            {
                c.vbroadcastf32x4(VectorRegisters.Zmm[16 + quad], __xmmword_ptr[activations + (part * 64 + quad * 16)]);
                if (Pairs)
                {
                    c.vdpbf16ps(sum, VectorRegisters.Zmm[8 * part + quad], VectorRegisters.Zmm[16 + quad]);
                }
                else
                {
                    c.vfmadd231ps(sum, VectorRegisters.Zmm[8 * part + quad], VectorRegisters.Zmm[16 + quad]);
                }
            }
        }

        c.add(QuadAssembly.Row, Line);
        c.add(activations, 64 * Line / bytes);
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<Arguments>(field);

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Stretches;
        public long Steps;
        public nint Ahead;
        public void* Activations;
        public byte* Sums;
    }
}
