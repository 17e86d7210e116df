using System.Buffers.Binary;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// How sixteen consecutive groups of a row become integer sums and scales, as instructions for AVX-512 with VNNI: what a format adds
/// so that its product with one row of activations can be assembled. Registers zmm0 to zmm15, masks, rax, rdx and the general ones
/// named here are its to use, zmm16 to zmm31 hold its constants.
/// </summary>
internal abstract class RowRecipe
{
    /// <summary>Holds the address of the first of the step's blocks; not to be changed.</summary>
    protected static readonly AssemblerRegister64 Blocks = rcx;

    /// <summary>Holds the address of the step's activations, in the order that <see cref="Order"/> gives; not to be changed.</summary>
    protected static readonly AssemblerRegister64 Activations = rsi;

    /// <summary>What <c>vpternlogd</c> is told for first | (second &amp; third).</summary>
    internal const byte FirstOrBothOthers = 0xF8;

    /// <summary>How it goes about it where it could do otherwise, for the name of what it becomes a part of.</summary>
    public virtual string Way => "";

    /// <summary>Values of sixteen groups: 256 or 512.</summary>
    public abstract int Values { get; }

    /// <summary>Which value of the step each activation that the code reads belongs to; each four are consecutive, or each sixteen, which is faster.</summary>
    public abstract int[] Order { get; }

    /// <summary>Fills registers zmm16 to zmm31, once for many steps; may change the others.</summary>
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

    /// <summary>The same 32 bits in every lane of a register's upper half, zeros in the lower; changes eax, edx and k1.</summary>
    protected static void UpperHalf(Assembler c, AssemblerRegisterZMM register, uint value)
    {
        c.mov(eax, value);
        c.mov(edx, 0xff00);
        c.kmovw(k1, edx);
        c.vpbroadcastd(register.k1.z, eax);
    }

    /// <summary>The same sixteen bytes in every quarter of a register; changes rax and zmm15.</summary>
    protected static void Quarters(Assembler c, AssemblerRegisterZMM register, ReadOnlySpan<byte> bytes)
    {
        Sixteen(c, bytes);
        c.vshufi32x4(register, zmm15, zmm15, 0);
    }

    /// <summary>Sixteen small numbers, one in each lane of a register; changes rax and zmm15.</summary>
    internal static void Lanes(Assembler c, AssemblerRegisterZMM register, ReadOnlySpan<byte> numbers)
    {
        Sixteen(c, numbers);
        c.vpmovzxbd(register, xmm15);
    }

    /// <summary>Eight small numbers, one in each of a register's first words; changes rax and zmm15.</summary>
    protected static void Words(Assembler c, AssemblerRegisterZMM register, ReadOnlySpan<byte> numbers)
    {
        c.mov(rax, Packed(numbers));
        c.vmovq(xmm15, rax);
        c.vpmovzxbw(ymm15, xmm15);
        c.vmovdqa32(register, zmm15);
    }

    /// <summary>Eight small numbers, one in each 64-bit lane of a register; changes rax and zmm15.</summary>
    protected static void QuadWords(Assembler c, AssemblerRegisterZMM register, ReadOnlySpan<byte> numbers)
    {
        c.mov(rax, Packed(numbers));
        c.vmovq(xmm15, rax);
        c.vpmovzxbq(register, xmm15);
    }

    /// <summary>Fills zmm31 with what <see cref="AddSmallQuarters"/> multiplies by; changes eax.</summary>
    protected static void Ones(Assembler c) => Fill(c, zmm31, 0x00010001);

    /// <summary>
    /// As <see cref="AddQuarters(Assembler)"/>, of four registers into the first, for lanes within -16384 to 16383: pairs of 16-bit sums
    /// are added by multiplying by one, two instructions instead of three. <see cref="Ones"/> goes before it.
    /// </summary>
    protected static void AddSmallQuarters(Assembler c, AssemblerRegisterZMM z0, AssemblerRegisterZMM z1, AssemblerRegisterZMM z2, AssemblerRegisterZMM z3)
    {
        foreach (var (first, second) in new[] { (z0, z1), (z2, z3), (z0, z2) })
        {
            c.vpackssdw(first, first, second);
            c.vpmaddwd(first, first, zmm31);
        }
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

    /// <summary>A half in all lanes of a register, as float32.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="target">Receives it; ymm15 is changed.</param>
    /// <param name="at">Bytes from the blocks to it.</param>
    protected static void OneHalf(Assembler c, AssemblerRegisterZMM target, int at)
    {
        c.vpbroadcastw(ymm15, __word_ptr[Blocks + at]);
        c.vcvtph2ps(target, ymm15);
    }

    /// <summary>A half of one block in eight lanes of zmm14, that of the next in the others, as float32; changes xmm15.</summary>
    protected static void TwoHalves(Assembler c, int at, int blockBytes)
    {
        c.vpbroadcastw(xmm14, __word_ptr[Blocks + at]);
        c.vpbroadcastw(xmm15, __word_ptr[Blocks + (at + blockBytes)]);
        c.vinserti128(ymm14, ymm14, xmm15, 1);
        c.vcvtph2ps(zmm14, ymm14);
    }

    /// <summary>What <see cref="Halves"/> permutes by, for blocks of so many bytes.</summary>
    protected static void HalfOrder(Assembler c, AssemblerRegisterZMM register, int blockBytes)
    {
        var loaded = Loaded(blockBytes, sizeof(ushort));
        c.mov(rax, Packed([.. Enumerable.Range(0, 2 * loaded).Select(i => (byte)(i / loaded * 32 + i % loaded * blockBytes / 2))]));
        c.vmovq(xmm15, rax);
        c.vpmovzxbw(ymm15, xmm15);
        c.vshufi32x4(register, zmm15, zmm15, 0);
    }

    /// <summary>
    /// The halves that sixteen blocks begin with, as float32. A load of 64 bytes at a block's start holds the halves of four blocks
    /// (up to 20 bytes each) or two (up to 62), and ends before the last of them does; each permutation takes two loads.
    /// Sixteen <c>vpinsrw</c> instead were a third of all instructions of Q4_0.
    /// </summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="target">Receives them; zmm10 to zmm13 are changed.</param>
    /// <param name="order">What <see cref="HalfOrder"/> filled.</param>
    /// <param name="blockBytes">Bytes from one half to the next.</param>
    protected static void Halves(Assembler c, AssemblerRegisterZMM target, AssemblerRegisterZMM order, int blockBytes)
    {
        AssemblerRegisterZMM[] parts = [zmm10, zmm11, zmm12, zmm13];
        var loaded = Loaded(blockBytes, sizeof(ushort));
        for (var i = 0; i < 8 / loaded; i++)
        {
            var at = i * 2 * loaded * blockBytes;
            c.vmovdqu32(parts[i], __zmmword_ptr[Blocks + at]);
            c.vpermt2w(parts[i], order, __zmmword_ptr[Blocks + (at + loaded * blockBytes)]);
        }

        if (loaded == 2)
        {
            c.vpunpcklqdq(xmm10, xmm10, xmm11);
            c.vpunpcklqdq(xmm11, xmm12, xmm13);
        }

        c.vinserti128(ymm10, ymm10, xmm11, 1);
        c.vcvtph2ps(target, ymm10);
    }

    /// <summary>What <see cref="HalfPairs"/> permutes by, for blocks of so many bytes.</summary>
    protected static void PairOrder(Assembler c, AssemblerRegisterZMM register, int blockBytes) =>
        Lanes(c, register, [.. Enumerable.Range(0, 16).Select(i => (byte)(i / 4 % 2 * 16 + i % 4 * blockBytes / 4))]);

    /// <summary>The two halves that each of sixteen blocks begins with, as float32: as <see cref="Halves"/>, for blocks of up to 20 bytes.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="first">Receives the first halves; zmm10 and zmm11 are changed.</param>
    /// <param name="second">Receives the second halves.</param>
    /// <param name="order">What <see cref="PairOrder"/> filled.</param>
    /// <param name="blockBytes">Bytes from one pair to the next, a multiple of four.</param>
    protected static void HalfPairs(Assembler c, AssemblerRegisterZMM first, AssemblerRegisterZMM second, AssemblerRegisterZMM order, int blockBytes)
    {
        c.vmovdqu32(zmm10, __zmmword_ptr[Blocks]);
        c.vpermt2d(zmm10, order, __zmmword_ptr[Blocks + 4 * blockBytes]);
        c.vmovdqu32(zmm11, __zmmword_ptr[Blocks + 8 * blockBytes]);
        c.vpermt2d(zmm11, order, __zmmword_ptr[Blocks + 12 * blockBytes]);
        c.vinserti64x4(zmm10, zmm10, ymm11, 1);
        c.vpmovdw(ymm11, zmm10);
        c.vpsrld(zmm10, zmm10, 16);
        c.vpmovdw(ymm10, zmm10);
        c.vcvtph2ps(first, ymm11);
        c.vcvtph2ps(second, ymm10);
    }

    // Of how many blocks a load of 64 bytes holds the beginning.
    private static int Loaded(int blockBytes, int bytes) => 3 * blockBytes + bytes <= 64 ? 4 : 2;

    private static void Sixteen(Assembler c, ReadOnlySpan<byte> bytes)
    {
        c.mov(rax, Packed(bytes));
        c.vmovq(xmm15, rax);
        c.mov(rax, Packed(bytes[8..]));
        c.vpinsrq(xmm15, xmm15, rax, 1);
    }

    private static ulong Packed(ReadOnlySpan<byte> bytes)
    {
        Span<byte> eight = stackalloc byte[8];
        bytes[..Math.Min(8, bytes.Length)].CopyTo(eight);
        return BinaryPrimitives.ReadUInt64LittleEndian(eight);
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
