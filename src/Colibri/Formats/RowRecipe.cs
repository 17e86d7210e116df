using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// How sixteen consecutive groups of a row become integer sums and scales, as instructions for AVX-512 with VNNI: what a format adds
/// so that its product with one row of activations can be assembled. Registers zmm0 to zmm15 and the general ones named
/// here are its to use, zmm16 to zmm23 hold its constants.
/// </summary>
internal abstract class RowRecipe
{
    /// <summary>Holds the address of the first of the step's blocks; not to be changed.</summary>
    protected static readonly AssemblerRegister64 Blocks = rcx;

    /// <summary>Holds the address of the step's activations, in the order that <see cref="Order"/> gives; not to be changed.</summary>
    protected static readonly AssemblerRegister64 Activations = rsi;

    /// <summary>Values of sixteen groups: 256 or 512.</summary>
    public abstract int Values { get; }

    /// <summary>Which value of the step each activation that the code reads belongs to.</summary>
    public abstract int[] Order { get; }

    /// <summary>Fills registers zmm16 to zmm23, once for many steps.</summary>
    public abstract void Constants(Assembler c);

    /// <summary>Leaves the sums of unsigned integers times activations in zmm0, a group a lane, in order.</summary>
    public abstract void Sums(Assembler c);

    /// <summary>Leaves the scales in zmm1 and, for formats with minimums, these in zmm2; zmm0 must not be changed.</summary>
    public abstract void Scales(Assembler c);

    /// <summary>The same 32 bits in every lane of a register; changes eax.</summary>
    internal static void Fill(Assembler c, AssemblerRegisterZMM register, uint value)
    {
        c.mov(eax, value);
        c.vpbroadcastd(register, eax);
    }

    /// <summary>
    /// Adds up the four lanes of each quarter of four registers: lane 4 q + j of zmm0 becomes the sum of quarter q of
    /// register j. Changes zmm0 to zmm5.
    /// </summary>
    protected static void AddQuarters(Assembler c) => AddQuarters(c, zmm0, zmm1, zmm2, zmm3, zmm4, zmm5);

    /// <summary>
    /// Adds up the eight lanes of each half of eight registers: lanes 0 to 3 of zmm0 become the lower halves of registers 0 to 3,
    /// lanes 4 to 7 their upper halves, lanes 8 to 15 the same of registers 4 to 7. Changes zmm0 to zmm9.
    /// </summary>
    protected static void AddHalves(Assembler c)
    {
        AddQuarters(c, zmm0, zmm1, zmm2, zmm3, zmm8, zmm9);
        AddQuarters(c, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9);
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        c.vshufi32x4(zmm1, zmm0, zmm4, even);
        c.vshufi32x4(zmm2, zmm0, zmm4, odd);
        c.vpaddd(zmm0, zmm1, zmm2);
    }

    /// <summary>Sixteen halves at equal distances, as float32.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="target">Receives them; zmm10 to zmm12 are changed.</param>
    /// <param name="start">Bytes from the blocks to the first half.</param>
    /// <param name="distance">Bytes from one half to the next.</param>
    protected static void Halves(Assembler c, AssemblerRegisterZMM target, int start, int distance)
    {
        // Two chains of eight, so that neither waits for the other.
        c.vpxor(xmm10, xmm10, xmm10);
        c.vpxor(xmm11, xmm11, xmm11);
        for (byte i = 0; i < 8; i++)
        {
            c.vpinsrw(xmm10, xmm10, __word_ptr[Blocks + (start + i * distance)], i);
            c.vpinsrw(xmm11, xmm11, __word_ptr[Blocks + (start + (i + 8) * distance)], i);
        }

        c.vinserti128(ymm10, ymm10, xmm11, 1);
        c.vcvtph2ps(target, ymm10);
    }

    private static void AddQuarters(
        Assembler c, AssemblerRegisterZMM z0, AssemblerRegisterZMM z1, AssemblerRegisterZMM z2, AssemblerRegisterZMM z3, AssemblerRegisterZMM t0, AssemblerRegisterZMM t1)
    {
        c.vpunpckldq(t0, z0, z1);
        c.vpunpckhdq(t1, z0, z1);
        c.vpaddd(z0, t0, t1);
        c.vpunpckldq(t0, z2, z3);
        c.vpunpckhdq(t1, z2, z3);
        c.vpaddd(z2, t0, t1);
        c.vpunpcklqdq(t0, z0, z2);
        c.vpunpckhqdq(t1, z0, z2);
        c.vpaddd(z0, t0, t1);
    }
}
