using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Q2_K and Q3_K: one block of sixteen groups in 64 bytes of bit pairs, all in one register. Shifted by p pairs, its quarters are
/// groups 2 p and 2 p + 1 of the block's first half and of its second half; bits p and 4 + p of 32 more bytes are their third bits.
/// </summary>
/// <param name="pairsAt">Bytes from the block to its bit pairs.</param>
/// <param name="bitsAt">Bytes from the block to 32 bytes of third bits, or -1 where it has none.</param>
internal abstract class BitPairRecipe(int pairsAt, int bitsAt) : RowRecipe
{
    public override int Values => 256;

    public override int[] Order { get; } =
    [
        .. from pair in Enumerable.Range(0, 4)
           from quarter in Enumerable.Range(0, 4)
           from value in Enumerable.Range(0, 16)
           select (quarter / 2 * 8 + 2 * pair + quarter % 2) * 16 + value,
    ];

    /// <summary>Fills zmm16 to zmm19; zmm20 and those behind are the format's.</summary>
    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x03030303);

        // Adding up quarters leaves group 8 h + 2 p + s in lane 8 h + 4 s + p.
        Lanes(c, zmm17, [.. Enumerable.Range(0, 16).Select(g => (byte)(g / 8 * 8 + g % 2 * 4 + g % 8 / 2))]);
        if (bitsAt >= 0)
        {
            Fill(c, zmm18, 0x04040404);
            UpperHalf(c, zmm19, 0x00040004);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
        AssemblerRegisterZMM[] integers = [zmm8, zmm9, zmm10, zmm11];
        c.vmovdqu32(zmm6, __zmmword_ptr[Blocks + pairsAt]);
        if (bitsAt >= 0)
        {
            c.vbroadcasti64x4(zmm7, __ymmword_ptr[Blocks + bitsAt]);
            c.vpsrlvw(zmm7, zmm7, zmm19);
        }

        for (var p = 0; p < 4; p++)
        {
            var q = integers[p];
            if (p == 0)
            {
                c.vpandd(q, zmm6, zmm16);
            }
            else
            {
                c.vpsrlw(q, zmm6, (byte)(2 * p));
                c.vpandd(q, q, zmm16);
            }

            if (bitsAt >= 0)
            {
                ThirdBit(c, q, p);
            }

            c.vpxord(sums[p], sums[p], sums[p]);
            c.vpdpbusd(sums[p], q, __zmmword_ptr[Activations + 64 * p]);
        }

        AddQuarters(c);
        c.vpermd(zmm0, zmm17, zmm0);
    }

    // Bit p of zmm7's bytes becomes bit 2 of the integers.
    private static void ThirdBit(Assembler c, AssemblerRegisterZMM integers, int p)
    {
        var bits = zmm12;
        switch (p)
        {
            case < 2:
                c.vpsllw(bits, zmm7, (byte)(2 - p));
                break;
            case 2:
                bits = zmm7;
                break;
            default:
                c.vpsrlw(bits, zmm7, (byte)(p - 2));
                break;
        }

        c.vpternlogd(integers, bits, zmm18, FirstOrBothOthers);
    }
}
