using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Q2_K and Q3_K: one block of sixteen groups in 64 bytes of bit pairs. Pair p of the quarter for half h of the block and half s of its
/// groups belongs to group 8 h + 2 p + s; bits 4 h + p of 32 more bytes are the third bits. Each of four registers takes one four
/// bytes of every quarter four times over and shifts lane p by p pairs, so that a lane is a group and nothing need be added up
/// across lanes.
/// </summary>
/// <param name="pairsAt">Bytes from the block to its bit pairs.</param>
/// <param name="bitsAt">Bytes from the block to 32 bytes of third bits, or -1 where it has none.</param>
internal abstract class BitPairRecipe(int pairsAt, int bitsAt) : RowRecipe
{
    public override int Values => 256;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 4)
           from quarter in Enumerable.Range(0, 4)
           from pair in Enumerable.Range(0, 4)
           from value in Enumerable.Range(0, 4)
           select (quarter / 2 * 8 + 2 * pair + quarter % 2) * 16 + 4 * register + value,
    ];

    /// <summary>Fills zmm16 to zmm20; those behind are the format's.</summary>
    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x03030303);

        // Group 8 h + 2 p + s lies in lane 8 h + 4 s + p.
        Lanes(c, zmm17, [.. Enumerable.Range(0, 16).Select(g => (byte)(g / 8 * 8 + g % 2 * 4 + g % 8 / 2))]);
        Lanes(c, zmm18, [.. Enumerable.Range(0, 16).Select(lane => (byte)(lane % 4 * 2))]);
        if (bitsAt >= 0)
        {
            // Bit 4 h + p goes to bit 2, to the left or around to the right.
            Fill(c, zmm19, 0x04040404);
            Lanes(c, zmm20, [.. Enumerable.Range(0, 16).Select(lane => (byte)((2 - lane / 8 * 4 - lane % 4) & 31))]);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] integers = [zmm8, zmm9, zmm10, zmm11];
        c.vmovdqu32(zmm6, __zmmword_ptr[Blocks + pairsAt]);
        if (bitsAt >= 0)
        {
            c.vbroadcasti64x4(zmm7, __ymmword_ptr[Blocks + bitsAt]);
        }

        c.vpxord(zmm0, zmm0, zmm0);
        for (var d = 0; d < 4; d++)
        {
            var q = integers[d];
            var everyLane = (byte)(d * 0b01_01_01_01);
            c.vpshufd(q, zmm6, everyLane);
            c.vpsrlvd(q, q, zmm18);
            c.vpandd(q, q, zmm16);
            if (bitsAt >= 0)
            {
                c.vpshufd(zmm12, zmm7, everyLane);
                c.vprolvd(zmm12, zmm12, zmm20);
                c.vpternlogd(q, zmm12, zmm19, FirstOrBothOthers);
            }

            c.vpdpbusd(zmm0, q, __zmmword_ptr[Activations + 64 * d]);
        }

        c.vpermd(zmm0, zmm17, zmm0);
    }
}
