using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Formats of 32 values a block in sixteen bytes of 4-bit integers, low halves first, behind a scale and perhaps a least value. Where
/// the processor permutes bytes, whole lines are loaded and register j takes blocks 4 j to 4 j + 3 from two of them: 5 loads and 4
/// permutations where taking each block by itself needs 16 loads, a quarter of which touch two lines, and 12 insertions. Elsewhere
/// register j takes blocks j, 4 + j, 8 + j and 12 + j, so that adding up quarters leaves the blocks in order. What else a format makes
/// of the integers it adds in <see cref="Complete"/>.
/// </summary>
/// <param name="blockBytes">Bytes of a block; 18 or 20 where bytes are permuted, so that sixteen blocks lie in five lines.</param>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="hasLeast">Whether a block's least value follows its scale.</param>
/// <param name="permutes">Whether bytes are permuted (AVX512_VBMI).</param>
internal class NibbleRecipe(int blockBytes, int integersAt, bool hasLeast, bool permutes) : RowRecipe
{
    private const int Line = 64;

    private static readonly AssemblerRegisterZMM[] Indices = [zmm20, zmm21, zmm22, zmm23];

    // Words of scales in the first two lines, in the next two; where the last scale is in the fifth.
    private static readonly AssemblerRegisterZMM FirstScales = zmm24;
    private static readonly AssemblerRegisterZMM OtherScales = zmm25;
    private static readonly AssemblerRegisterZMM BlockOrder = zmm26;

    public override string Way => permutes ? " by whole lines" : "";

    public override int Values => 512;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 4)
           from half in Enumerable.Range(0, 2)
           from quarter in Enumerable.Range(0, 4)
           from value in Enumerable.Range(0, 16)
           select Block(permutes, register, quarter) * 32 + 16 * half + value,
    ];

    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x0f0f0f0f);
        Fill(c, zmm17, 0x80000000);
        Ones(c);
        if (permutes)
        {
            Permutations(c);
        }

        if (hasLeast)
        {
            PairOrder(c, zmm18, blockBytes);
        }
        else
        {
            HalfOrder(c, zmm18, blockBytes);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
        AssemblerRegisterZMM[] bytes = [zmm6, zmm7, zmm8, zmm9];
        AssemblerRegisterXMM[] first = [xmm6, xmm7, xmm8, xmm9];
        if (permutes)
        {
            WholeLines(c);
        }

        for (var j = 0; j < 4; j++)
        {
            if (!permutes)
            {
                FourBlocks(c, first[j], bytes[j], j, integersAt);
            }

            c.vpandd(zmm10, bytes[j], zmm16);
            c.vpsrlw(bytes[j], bytes[j], 4);
            c.vpandd(bytes[j], bytes[j], zmm16);
            Complete(c, j, zmm10, bytes[j]);
            c.vpxord(sums[j], sums[j], sums[j]);
            c.vpdpbusd(sums[j], zmm10, __zmmword_ptr[Activations + j * 128]);
            c.vpdpbusd(sums[j], bytes[j], __zmmword_ptr[Activations + (j * 128 + 64)]);
        }

        AddUp(c);
        if (permutes)
        {
            c.vpermd(zmm0, BlockOrder, zmm0);
        }
    }

    public override void Scales(Assembler c)
    {
        if (hasLeast)
        {
            // What is added is the negative of what is subtracted.
            HalfPairs(c, zmm1, zmm2, zmm18, blockBytes);
            c.vpxord(zmm2, zmm2, zmm17);
        }
        else if (permutes)
        {
            c.vinserti128(ymm12, ymm12, xmm13, 1);
            c.vcvtph2ps(zmm1, ymm12);
        }
        else
        {
            Halves(c, zmm1, zmm18, blockBytes);
        }
    }

    /// <summary>Adds up lanes of eight products each: small, where integers are below 16.</summary>
    protected virtual void AddUp(Assembler c) => AddSmallQuarters(c, zmm0, zmm1, zmm2, zmm3);

    /// <summary>Makes the format's unsigned integers of 4-bit ones; may change zmm11 and keep something in zmm12 to zmm15 for <see cref="Scales"/>.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="register">Which register, 0..3.</param>
    /// <param name="low">Values 0 to 15 of its four blocks, a quarter each.</param>
    /// <param name="high">Values 16 to 31.</param>
    protected virtual void Complete(Assembler c, int register, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
    }

    private static int Block(bool permutes, int register, int quarter) => permutes ? 4 * register + quarter : 4 * quarter + register;

    // Byte 16 q + i of register j is byte i of block 4 j + q, counted from line j on.
    private void Permutations(Assembler c)
    {
        Lanes(c, Indices[0], [.. Enumerable.Range(0, 16).Select(lane => (byte)(lane / 4 * blockBytes + integersAt))]);
        Fill(c, zmm14, 0x01010101);
        c.vpmulld(Indices[0], Indices[0], zmm14);
        Quarters(c, zmm14, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        c.vpaddb(Indices[0], Indices[0], zmm14);
        Fill(c, zmm14, (uint)(4 * blockBytes - Line) * 0x01010101);
        for (var j = 1; j < 4; j++)
        {
            c.vpaddb(Indices[j], Indices[j - 1], zmm14);
        }

        Lanes(c, BlockOrder, [.. Enumerable.Range(0, 16).Select(block => (byte)(block % 4 * 4 + block / 4))]);
        if (!hasLeast)
        {
            // The last scale lies in the fifth line.
            Words(c, FirstScales, [.. Enumerable.Range(0, 8).Select(block => (byte)(block * blockBytes / 2))]);
            Words(c, OtherScales, [.. Enumerable.Range(8, 7).Select(block => (byte)(block * blockBytes / 2 - Line))]);
        }
    }

    // zmm6 to zmm9 receive four blocks each; xmm12 and xmm13 the scales, where no least values come with them.
    private void WholeLines(Assembler c)
    {
        AssemblerRegisterZMM[] lines = [zmm6, zmm7, zmm8, zmm9, zmm10];
        for (var i = 0; i < 4; i++)
        {
            c.vmovdqu32(lines[i], __zmmword_ptr[Blocks + i * Line]);
        }

        if (16 * blockBytes - 4 * Line == Line)
        {
            c.vmovdqu32(zmm10, __zmmword_ptr[Blocks + 4 * Line]);
        }
        else
        {
            c.vmovdqu(ymm10, __ymmword_ptr[Blocks + 4 * Line]);
        }

        if (!hasLeast)
        {
            c.vmovdqa32(zmm12, FirstScales);
            c.vpermi2w(zmm12, zmm6, zmm7);
            c.vmovdqa32(zmm13, OtherScales);
            c.vpermi2w(zmm13, zmm8, zmm9);
            c.vpinsrw(xmm13, xmm13, __word_ptr[Blocks + 15 * blockBytes], 7);
        }

        for (var j = 0; j < 4; j++)
        {
            c.vpermt2b(lines[j], Indices[j], lines[j + 1]);
        }
    }

    /// <summary>Sixteen bytes of each of a register's four blocks.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="first">The low quarter of <paramref name="all"/>.</param>
    /// <param name="all">Receives them.</param>
    /// <param name="register">Which register, 0..3.</param>
    /// <param name="start">Bytes from a block to them.</param>
    protected void FourBlocks(Assembler c, AssemblerRegisterXMM first, AssemblerRegisterZMM all, int register, int start)
    {
        c.vmovdqu(first, __xmmword_ptr[Blocks + (start + register * blockBytes)]);
        for (var quarter = 1; quarter < 4; quarter++)
        {
            c.vinserti32x4(all, all, __xmmword_ptr[Blocks + (start + (4 * quarter + register) * blockBytes)], (byte)quarter);
        }
    }
}
