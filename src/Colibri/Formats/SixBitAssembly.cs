using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>Instructions that multiply out the eight 6-bit pairs of each of two blocks (<see cref="Packing.SixBitPairs"/>).</summary>
internal static class SixBitAssembly
{
    /// <summary>Fills zmm16 with 15s, zmm17 and zmm18 with the masks of scales and minimums.</summary>
    public static void Constants(Assembler c)
    {
        RowRecipe.Fill(c, zmm16, 0x0f0f0f0f);
        RowRecipe.Fill(c, zmm17, 0x3f3f3f3f);
        RowRecipe.Fill(c, zmm18, 0x30303030);
    }

    /// <summary>Leaves sixteen scales in zmm1 and sixteen minimums in zmm2; changes zmm8 to zmm15.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="blocks">Holds the address of the first block: a half each for scales and minimums, then twelve bytes.</param>
    /// <param name="blockBytes">Bytes from it to the second block.</param>
    public static void Scales(Assembler c, AssemblerRegister64 blocks, int blockBytes)
    {
        // Quarter words of one register: halves, scales, minimums, the rest; one block in each half.
        c.vmovdqu(xmm8, __xmmword_ptr[blocks]);
        c.vinserti128(ymm8, ymm8, __xmmword_ptr[blocks + blockBytes], 1);
        c.vpshufd(ymm9, ymm8, 0b01_01_01_01); // scales
        c.vpshufd(ymm10, ymm8, 0b10_10_10_10); // minimums
        c.vpshufd(ymm11, ymm8, 0b11_11_11_11); // the rest

        // First four: six low bits. Last four: four bits of the rest under two upper bits.
        c.vpandd(ymm12, ymm9, ymm17);
        c.vpandd(ymm13, ymm10, ymm17);
        c.vpsrld(ymm9, ymm9, 2);
        c.vpsrld(ymm10, ymm10, 2);
        c.vpandd(ymm9, ymm9, ymm18);
        c.vpandd(ymm10, ymm10, ymm18);
        c.vpandd(ymm14, ymm11, ymm16);
        c.vpsrld(ymm11, ymm11, 4);
        c.vpandd(ymm11, ymm11, ymm16);
        c.vpord(ymm9, ymm9, ymm14);
        c.vpord(ymm10, ymm10, ymm11);
        c.vpunpckldq(ymm12, ymm12, ymm9);
        c.vpunpckldq(ymm13, ymm13, ymm10);

        // Eight bytes in the low end of each half: side by side they are sixteen.
        c.vpermq(ymm12, ymm12, 0b00_00_10_00);
        c.vpermq(ymm13, ymm13, 0b00_00_10_00);
        c.vpmovzxbd(zmm1, xmm12);
        c.vpmovzxbd(zmm2, xmm13);
        c.vcvtdq2ps(zmm1, zmm1);
        c.vcvtdq2ps(zmm2, zmm2);

        // The halves: scale and minimum of the first block, then of the second.
        RowRecipe.TwoHalves(c, blocks, 0, blockBytes);
        c.vmulps(zmm1, zmm1, zmm14);
        RowRecipe.TwoHalves(c, blocks, 2, blockBytes);
        c.vmulps(zmm2, zmm2, zmm14);
    }
}
