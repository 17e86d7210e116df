using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Eight rows of F16 weights times one or two rows of activations, assembled with AVX2 and F16C, whose conversion of eight halves C# does
/// not reach: four columns of two rows in a register, as <see cref="PairedRows"/> has them.
/// </summary>
/// <param name="Rows">Rows of activations, 1 or 2.</param>
internal sealed unsafe record HalfRows(int Rows)
{
    /// <summary>Columns of a step.</summary>
    public const int Step = PairedRows.Step;

    /// <summary>Bytes of the sums of a stretch and a row of activations: four registers.</summary>
    public const int SumBytes = 4 * 32;

    private static readonly AssemblerRegisterYMM[] Sums = [ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7];

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"eight rows of halves times {Rows}", Assemble);

    /// <summary>Computes chains.</summary>
    /// <param name="weights">The first column of the first row; eight rows exist.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="stretches">Stretches, at least one.</param>
    /// <param name="steps">Steps of each, at least one.</param>
    /// <param name="ahead">The first line that memory is asked for; as many bytes are asked for as are read.</param>
    /// <param name="a">The first row of activations.</param>
    /// <param name="b">The second one, if any.</param>
    /// <param name="sums">Receives <see cref="SumBytes"/> for each stretch and, within it, each row of activations.</param>
    public void Run(byte* weights, nint rowBytes, int stretches, int steps, byte* ahead, float* a, float* b, byte* sums)
    {
        var arguments = new Arguments { Weights = weights, RowBytes = rowBytes, Stretches = stretches, Steps = steps, Ahead = ahead, A = a, B = b, Sums = sums };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        var (row, far, rowBytes, three) = (rsi, rdx, rcx, r8);
        var (stretches, steps, ahead, a, b, sums) = (r9, r10, r11, rax, rbx, rbp);
        c.mov(row, arguments[nameof(Arguments.Weights)]);
        c.mov(rowBytes, arguments[nameof(Arguments.RowBytes)]);
        c.lea(far, __[row + rowBytes * 4]);
        c.lea(three, __[rowBytes + rowBytes * 2]);
        c.mov(stretches, arguments[nameof(Arguments.Stretches)]);
        c.mov(ahead, arguments[nameof(Arguments.Ahead)]);
        c.mov(a, arguments[nameof(Arguments.A)]);
        c.mov(b, arguments[nameof(Arguments.B)]);
        c.mov(sums, arguments[nameof(Arguments.Sums)]);
        function.Loop(stretches, () =>
        {
            for (var i = 0; i < 4 * Rows; i++)
            {
                c.vxorps(Sums[i], Sums[i], Sums[i]);
            }

            c.mov(steps, arguments[nameof(Arguments.Steps)]);
            function.Loop(steps, () =>
            {
                for (var line = 0; line < Step * 8 * sizeof(ushort); line += 64)
                {
                    c.prefetcht1(__byte_ptr[ahead + line]);
                }

                for (var k = 0; k < Step; k += 8)
                {
                    Eight(c, row, far, rowBytes, three, k * sizeof(ushort), __xmmword_ptr[a + k * sizeof(float)], __xmmword_ptr[a + (k + 4) * sizeof(float)],
                        __xmmword_ptr[b + k * sizeof(float)], __xmmword_ptr[b + (k + 4) * sizeof(float)]);
                }

                c.add(row, Step * sizeof(ushort));
                c.add(far, Step * sizeof(ushort));
                c.add(ahead, Step * 8 * sizeof(ushort));
                c.add(a, Step * sizeof(float));
                c.add(b, Step * sizeof(float));
            });
            for (var i = 0; i < 4 * Rows; i++)
            {
                c.vmovups(__ymmword_ptr[sums + 32 * i], Sums[i]);
            }

            c.add(sums, Rows * SumBytes);
        });
        return function.Finish();
    }

    // Eight columns of all rows.
    private void Eight(
        Assembler c, AssemblerRegister64 row, AssemblerRegister64 far, AssemblerRegister64 rowBytes, AssemblerRegister64 three, int at,
        AssemblerMemoryOperand near, AssemblerMemoryOperand later, AssemblerMemoryOperand otherNear, AssemblerMemoryOperand otherLater)
    {
        c.vbroadcastf128(ymm8, near);
        c.vbroadcastf128(ymm9, later);
        if (Rows > 1)
        {
            c.vbroadcastf128(ymm14, otherNear);
            c.vbroadcastf128(ymm15, otherLater);
        }

        for (var j = 0; j < 4; j++)
        {
            c.vcvtph2ps(ymm10, Place(row));
            c.vcvtph2ps(ymm11, Place(far));
            c.vperm2f128(ymm12, ymm10, ymm11, 0x20);
            c.vperm2f128(ymm13, ymm10, ymm11, 0x31);
            c.vfmadd231ps(Sums[j], ymm12, ymm8);
            if (Rows > 1)
            {
                c.vfmadd231ps(Sums[4 + j], ymm12, ymm14);
            }

            c.vfmadd231ps(Sums[j], ymm13, ymm9);
            if (Rows > 1)
            {
                c.vfmadd231ps(Sums[4 + j], ymm13, ymm15);
            }

            AssemblerMemoryOperand Place(AssemblerRegister64 first) => j switch
            {
                0 => __xmmword_ptr[first + at],
                1 => __xmmword_ptr[first + rowBytes + at],
                2 => __xmmword_ptr[first + rowBytes * 2 + at],
                _ => __xmmword_ptr[first + three + at],
            };
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Weights;
        public nint RowBytes;
        public long Stretches;
        public long Steps;
        public byte* Ahead;
        public float* A;
        public float* B;
        public byte* Sums;
    }
}
