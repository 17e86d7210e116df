using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Q4_K and Q5_K: two blocks of eight groups. Sixty-four bytes of a block hold groups 4 h and 4 h + 1 in the low and high halves of the
/// first 32 bytes, the two groups behind these in the others: registers 2 h and 2 h + 1 of the block.
/// </summary>
/// <param name="blockBytes">Bytes of a block; its first sixteen are those <see cref="SixBitAssembly"/> reads.</param>
/// <param name="integersAt">Bytes from a block to its 4-bit integers.</param>
/// <param name="bitsAt">Bytes from a block to 32 bytes of fifth bits, or -1 where it has none.</param>
internal sealed class SixBitPairRecipe(int blockBytes, int integersAt, int bitsAt) : RowRecipe
{
    private static readonly AssemblerRegisterZMM LowHalves = zmm16;
    private static readonly AssemblerRegisterZMM FifthBits = zmm17;
    private static readonly AssemblerRegisterZMM BitShift = zmm18;
    private static readonly AssemblerRegisterZMM FirstQuarters = zmm19;
    private static readonly AssemblerRegisterZMM SecondQuarters = zmm20;

    public override int Values => 512;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 8)
           from half in Enumerable.Range(0, 2)
           from value in Enumerable.Range(0, 32)
           select register / 4 * 256 + (register % 4 / 2 * 4 + 2 * half + register % 2) * 32 + value,
    ];

    public override void Constants(Assembler c)
    {
        SixBitAssembly.Constants(c);
        Fill(c, LowHalves, 0x0f0f0f0f);
        Ones(c);
        if (bitsAt >= 0)
        {
            Fill(c, FifthBits, 0x10101010);
            UpperHalf(c, BitShift, 0x00020002);
        }

        // Two quarters of a register are the two halves of what is summed: groups 0, 1, 4, 5 first, then 2, 3, 6, 7.
        QuadWords(c, FirstQuarters, [0, 4, 1, 5, 8, 12, 9, 13]);
        QuadWords(c, SecondQuarters, [2, 6, 3, 7, 10, 14, 11, 15]);
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7];
        for (var pair = 0; pair < 4; pair++)
        {
            var block = pair / 2 * blockBytes;
            if (bitsAt >= 0 && pair % 2 == 0)
            {
                // Bit g is of group g in the lower half, of group 2 + g in the upper one.
                c.vbroadcasti64x4(zmm10, __ymmword_ptr[Blocks + (block + bitsAt)]);
                c.vpsrlvw(zmm10, zmm10, BitShift);
            }

            c.vmovdqu32(zmm8, __zmmword_ptr[Blocks + (block + integersAt + pair % 2 * 64)]);
            c.vpandd(zmm9, zmm8, LowHalves);
            c.vpsrlw(zmm8, zmm8, 4);
            c.vpandd(zmm8, zmm8, LowHalves);
            if (bitsAt >= 0)
            {
                FifthBit(c, zmm9, pair % 2 * 4);
                FifthBit(c, zmm8, pair % 2 * 4 + 1);
            }

            c.vpxord(sums[2 * pair], sums[2 * pair], sums[2 * pair]);
            c.vpxord(sums[2 * pair + 1], sums[2 * pair + 1], sums[2 * pair + 1]);
            c.vpdpbusd(sums[2 * pair], zmm9, __zmmword_ptr[Activations + pair * 128]);
            c.vpdpbusd(sums[2 * pair + 1], zmm8, __zmmword_ptr[Activations + (pair * 128 + 64)]);
        }

        // Four products of integers below 32 a lane: small.
        AddSmallQuarters(c, zmm0, zmm1, zmm2, zmm3);
        AddSmallQuarters(c, zmm4, zmm5, zmm6, zmm7);
        c.vmovdqa32(zmm1, zmm0);
        c.vpermt2q(zmm0, FirstQuarters, zmm4);
        c.vpermt2q(zmm1, SecondQuarters, zmm4);
        c.vpaddd(zmm0, zmm0, zmm1);
    }

    public override void Scales(Assembler c) => SixBitAssembly.Scales(c, Blocks, blockBytes);

    // A bit of zmm10's bytes becomes bit 4 of the integers.
    private static void FifthBit(Assembler c, AssemblerRegisterZMM integers, int bit)
    {
        switch (4 - bit)
        {
            case 0:
                c.vpternlogd(integers, zmm10, FifthBits, FirstOrBothOthers);
                return;
            case > 0 and var left:
                c.vpsllw(zmm11, zmm10, (byte)left);
                break;
            case var right:
                c.vpsrlw(zmm11, zmm10, (byte)-right);
                break;
        }

        c.vpternlogd(integers, zmm11, FifthBits, FirstOrBothOthers);
    }
}
