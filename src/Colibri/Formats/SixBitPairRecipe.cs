using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Q4_K and Q5_K: two blocks of eight groups. Register j takes group j of a block and the group four behind it: the same halves
/// of bytes 64 apart, and fifth bits j and 4 + j of the same bytes.
/// </summary>
/// <param name="blockBytes">Bytes of a block; its first sixteen are those <see cref="SixBitAssembly"/> reads.</param>
/// <param name="integersAt">Bytes from a block to its 4-bit integers.</param>
/// <param name="bitsAt">Bytes from a block to 32 bytes of fifth bits, or -1 where it has none.</param>
internal sealed class SixBitPairRecipe(int blockBytes, int integersAt, int bitsAt) : RowRecipe
{
    public override int Values => 512;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 8)
           from half in Enumerable.Range(0, 2)
           from value in Enumerable.Range(0, 32)
           select register / 4 * 256 + (half * 4 + register % 4) * 32 + value,
    ];

    public override void Constants(Assembler c)
    {
        SixBitAssembly.Constants(c);
        if (bitsAt >= 0)
        {
            Fill(c, zmm19, 0x10101010);
            UpperHalf(c, zmm20, 0x00040004);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7];
        for (var pair = 0; pair < 4; pair++)
        {
            var block = pair / 2 * blockBytes;
            if (bitsAt >= 0 && pair % 2 == 0)
            {
                // Fifth bits of groups 0 to 3 in bits 0 to 3 of the lower half's bytes, those of groups 4 to 7 in the upper half.
                c.vbroadcasti64x4(zmm10, __ymmword_ptr[Blocks + (block + bitsAt)]);
                c.vpsrlvw(zmm10, zmm10, zmm20);
            }

            // Groups 2 p and 2 p + 1 share bytes.
            var from = block + integersAt + pair % 2 * 32;
            c.vmovdqu(ymm8, __ymmword_ptr[Blocks + from]);
            c.vinserti64x4(zmm8, zmm8, __ymmword_ptr[Blocks + (from + 64)], 1);
            c.vpandd(zmm9, zmm8, zmm16);
            c.vpsrlw(zmm8, zmm8, 4);
            c.vpandd(zmm8, zmm8, zmm16);
            if (bitsAt >= 0)
            {
                FifthBit(c, zmm9, pair % 2 * 2);
                FifthBit(c, zmm8, pair % 2 * 2 + 1);
            }

            c.vpxord(sums[2 * pair], sums[2 * pair], sums[2 * pair]);
            c.vpxord(sums[2 * pair + 1], sums[2 * pair + 1], sums[2 * pair + 1]);
            c.vpdpbusd(sums[2 * pair], zmm9, __zmmword_ptr[Activations + pair * 128]);
            c.vpdpbusd(sums[2 * pair + 1], zmm8, __zmmword_ptr[Activations + (pair * 128 + 64)]);
        }

        AddHalves(c);
    }

    public override void Scales(Assembler c) => SixBitAssembly.Scales(c, Blocks, blockBytes);

    // Bit 0 to 3 of zmm10's bytes becomes bit 4 of the integers.
    private static void FifthBit(Assembler c, AssemblerRegisterZMM integers, int bit)
    {
        c.vpsllw(zmm11, zmm10, (byte)(4 - bit));
        c.vpternlogd(integers, zmm11, zmm19, FirstOrBothOthers);
    }
}
