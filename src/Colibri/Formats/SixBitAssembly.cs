using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Instructions that multiply out the eight 6-bit pairs of each of two blocks (<see cref="Packing.SixBitPairs"/>). Sixteen bytes of a
/// block lie in each quarter of a half of a register; a lane takes the one or two bytes that its group's number is made of: six
/// bits of one byte for groups 0 to 3, a half of one and two upper bits of another for groups 4 to 7.
/// </summary>
internal static class SixBitAssembly
{
    private static readonly AssemblerRegisterZMM ScaleBytes = zmm21;
    private static readonly AssemblerRegisterZMM MinimumBytes = zmm22;
    private static readonly AssemblerRegisterZMM MinimumShift = zmm23;
    private static readonly AssemblerRegisterZMM UpperShift = zmm24;
    private static readonly AssemblerRegisterZMM LowBits = zmm25;
    private static readonly AssemblerRegisterZMM UpperBits = zmm26;
    private static readonly AssemblerRegisterZMM ScaleHalves = zmm27;
    private static readonly AssemblerRegisterZMM MinimumHalves = zmm28;
    private static readonly AssemblerRegisterK SecondBlock = k2;

    /// <summary>Fills zmm21 to zmm28 and k2; changes rax, rdx, zmm14 and zmm15.</summary>
    public static void Constants(Assembler c)
    {
        // A lane's two bytes: a byte index each, 128 for none; in the sixteen bytes, scales begin at 4, minimums at 8, the rest at 12.
        RowRecipe.Lanes(c, ScaleBytes, Groups(group => group < 4 ? 4 + group : 8 + group));
        RowRecipe.Lanes(c, MinimumBytes, Groups(group => 8 + group));
        RowRecipe.Lanes(c, zmm14, Groups(group => group < 4 ? 128 : group));
        UpperByte(c, ScaleBytes);
        RowRecipe.Lanes(c, zmm14, Groups(group => group < 4 ? 128 : 4 + group));
        UpperByte(c, MinimumBytes);
        RowRecipe.Lanes(c, MinimumShift, Groups(group => group < 4 ? 0 : 4));
        RowRecipe.Lanes(c, UpperShift, Groups(group => group < 4 ? 32 : 10));
        RowRecipe.Lanes(c, LowBits, Groups(group => group < 4 ? 63 : 15));
        RowRecipe.Fill(c, UpperBits, 0x30);
        RowRecipe.Lanes(c, ScaleHalves, [.. Enumerable.Range(0, 16).Select(lane => (byte)(lane / 8 * 2))]);
        RowRecipe.Lanes(c, MinimumHalves, [.. Enumerable.Range(0, 16).Select(lane => (byte)(lane / 8 * 2 + 1))]);
        c.mov(edx, 0xff00);
        c.kmovw(SecondBlock, edx);
    }

    /// <summary>Leaves sixteen scales in zmm1 and sixteen minimums in zmm2; changes zmm8 to zmm10 and zmm14.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="blocks">Holds the address of the first block: a half each for scales and minimums, then twelve bytes.</param>
    /// <param name="blockBytes">Bytes from it to the second block.</param>
    public static void Scales(Assembler c, AssemblerRegister64 blocks, int blockBytes)
    {
        c.vbroadcasti32x4(zmm8, __xmmword_ptr[blocks]);
        c.vbroadcasti32x4(zmm8.k2, __xmmword_ptr[blocks + blockBytes]);
        c.vpshufb(zmm1, zmm8, ScaleBytes);
        c.vpshufb(zmm2, zmm8, MinimumBytes);
        c.vpsrlvd(zmm9, zmm1, UpperShift);
        c.vpsrlvd(zmm10, zmm2, UpperShift);
        c.vpsrlvd(zmm2, zmm2, MinimumShift);
        c.vpandd(zmm1, zmm1, LowBits);
        c.vpandd(zmm2, zmm2, LowBits);
        c.vpternlogd(zmm1, zmm9, UpperBits, RowRecipe.FirstOrBothOthers);
        c.vpternlogd(zmm2, zmm10, UpperBits, RowRecipe.FirstOrBothOthers);
        c.vcvtdq2ps(zmm1, zmm1);
        c.vcvtdq2ps(zmm2, zmm2);

        // The halves: scale and minimum of the first block, then of the second.
        c.vmovd(xmm14, __dword_ptr[blocks]);
        c.vpinsrd(xmm14, xmm14, __dword_ptr[blocks + blockBytes], 1);
        c.vcvtph2ps(xmm14, xmm14);
        c.vpermd(zmm9, ScaleHalves, zmm14);
        c.vpermd(zmm10, MinimumHalves, zmm14);
        c.vmulps(zmm1, zmm1, zmm9);
        c.vmulps(zmm2, zmm2, zmm10);
    }

    private static byte[] Groups(Func<int, int> number) => [.. Enumerable.Range(0, 16).Select(lane => (byte)number(lane % 8))];

    // The number in each lane of zmm14 becomes the second of the lane's bytes; the upper two take nothing.
    private static void UpperByte(Assembler c, AssemblerRegisterZMM lanes)
    {
        c.vpslld(zmm14, zmm14, 8);
        c.vpord(lanes, lanes, zmm14);
        RowRecipe.Fill(c, zmm14, 0x80800000);
        c.vpord(lanes, lanes, zmm14);
    }
}
