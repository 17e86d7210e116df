using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What assembled chains read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChainArguments
{
    /// <summary>Products of sixteen rows; scales and minimums lie at fixed distances.</summary>
    public float* Products;

    /// <summary>What minimums are multiplied by, one per group.</summary>
    public float* MinimumFactors;

    /// <summary>Sixteen sums, read and written.</summary>
    public float* Y;

    /// <summary>Stretches of up to sixteen groups, at least one.</summary>
    public long Steps;

    /// <summary>The first line that memory is asked for.</summary>
    public byte* Ahead;
}

/// <summary>
/// Sixteen chains side by side: products and scales of sixteen rows are turned, eight groups at a time, so that a group is a
/// register with a row in each lane; then one fused multiply-add per group, and one for its minimum.
/// </summary>
internal static class RowChain
{
    private static readonly AssemblerRegisterZMM[] Registers = VectorRegisters.Zmm;

    private static readonly AssemblerRegisterYMM[] LowHalves =
    [
        ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15,
        ymm16, ymm17, ymm18, ymm19, ymm20, ymm21, ymm22, ymm23,
    ];

    /// <summary>The code for one shape.</summary>
    /// <param name="groups">Groups of a stretch, 1 to 16.</param>
    /// <param name="rowBytes">Bytes from one row's products to the next; sixteen times that to scales and to minimums.</param>
    /// <param name="minimums">Whether there are minimums.</param>
    /// <param name="asked">Bytes of memory that each stretch asks for.</param>
    public static byte[] Assemble(int groups, int rowBytes, bool minimums, int asked)
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<ChainArguments>();
        var (products, factors, steps, y, ahead) = (rsi, rdx, rcx, r8, r9);
        c.mov(products, arguments[nameof(ChainArguments.Products)]);
        c.mov(factors, arguments[nameof(ChainArguments.MinimumFactors)]);
        c.mov(steps, arguments[nameof(ChainArguments.Steps)]);
        c.mov(y, arguments[nameof(ChainArguments.Y)]);
        c.mov(ahead, arguments[nameof(ChainArguments.Ahead)]);
        c.vmovups(zmm31, __zmmword_ptr[y]);
        function.Loop(steps, () =>
        {
            FunctionAssembler.WeaveAhead(c, body => Stretch(body, products, factors, groups, rowBytes, minimums), ahead, (asked + 63) / 64);
            c.add(products, groups * sizeof(float));
            c.add(factors, groups * sizeof(float));
            c.add(ahead, asked);
        });
        c.vmovups(__zmmword_ptr[y], zmm31);
        return function.Finish();
    }

    private static void Stretch(Assembler c, AssemblerRegister64 products, AssemblerRegister64 factors, int groups, int rowBytes, bool minimums)
    {
        for (var first = 0; first < groups; first += 8)
        {
            Turn(c, 0, products, first * sizeof(float), rowBytes);
            Turn(c, 8, products, 16 * rowBytes + first * sizeof(float), rowBytes);
            if (minimums)
            {
                Turn(c, 16, products, 32 * rowBytes + first * sizeof(float), rowBytes);
            }

            for (var g = 0; g < Math.Min(8, groups - first); g++)
            {
                c.vfmadd231ps(zmm31, Registers[g], Registers[8 + g]);
                if (minimums)
                {
                    c.vfmadd231ps(zmm31, Registers[16 + g], __dword_bcst[factors + (first + g) * sizeof(float)]);
                }
            }
        }
    }

    // Eight groups of sixteen rows: register first + g receives group g. Changes zmm24 to zmm30.
    private static void Turn(Assembler c, int first, AssemblerRegister64 start, int offset, int rowBytes)
    {
        // Rows i and 4 + i, then 8 + i and 12 + i, share a register, so that the last exchange leaves rows in order.
        for (var i = 0; i < 8; i++)
        {
            var row = i < 4 ? i : 4 + i;
            c.vmovdqu32(LowHalves[first + i], __ymmword_ptr[start + (offset + row * rowBytes)]);
            c.vinsertf64x4(Registers[first + i], Registers[first + i], __ymmword_ptr[start + (offset + (row + 4) * rowBytes)], 1);
        }

        for (var half = first; half < first + 8; half += 4)
        {
            TurnAssembly.Quarters(c, half, 24);
        }

        // Quarters now hold four rows of groups g (even quarters) and 4 + g (odd ones).
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        for (var g = 0; g < 4; g++)
        {
            c.vshuff32x4(zmm28, Registers[first + g], Registers[first + 4 + g], even);
            c.vshuff32x4(Registers[first + 4 + g], Registers[first + g], Registers[first + 4 + g], odd);
            c.vmovaps(Registers[first + g], zmm28);
        }
    }
}
