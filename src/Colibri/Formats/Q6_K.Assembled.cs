using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q6_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q6_K>.Recipe { get; } = new SixBitRecipe();

    /// <summary>
    /// One block of sixteen groups. Quarters of register j are groups j, 4 + j, 8 + j and 12 + j: low and high halves of sixteen bytes
    /// of the block's first half, and of its second half; the upper pairs of two of them share bytes as well.
    /// </summary>
    private sealed class SixBitRecipe : RowRecipe
    {
        public override int Values => 256;

        public override int[] Order { get; } =
        [
            .. from register in Enumerable.Range(0, 4)
               from quarter in Enumerable.Range(0, 4)
               from value in Enumerable.Range(0, 16)
               select quarter * 64 + register * 16 + value,
        ];

        public override void Constants(Assembler c)
        {
            Fill(c, zmm16, 0x0f0f0f0f);
            Fill(c, zmm17, 0x30303030);

            // By how far quarters are shifted: 0 and 4 bits in turn, and 4 and 0.
            c.mov(eax, 0x00040004);
            c.mov(edx, 0xf0f0);
            c.kmovw(k1, edx);
            c.vpbroadcastd(zmm18.k1.z, eax);
            c.mov(edx, 0x0f0f);
            c.kmovw(k2, edx);
            c.vpbroadcastd(zmm19.k2.z, eax);

            // The upper half of a register, for loading two places into one.
            c.mov(edx, 0xff00);
            c.kmovw(k1, edx);
        }

        public override void Sums(Assembler c)
        {
            AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
            AssemblerRegisterZMM[] upper = [zmm6, zmm7];
            for (var part = 0; part < 2; part++)
            {
                c.vbroadcasti32x4(upper[part], __xmmword_ptr[Blocks + (128 + 16 * part)]);
                c.vbroadcasti32x4(upper[part].k1, __xmmword_ptr[Blocks + (160 + 16 * part)]);
            }

            for (var j = 0; j < 4; j++)
            {
                c.vbroadcasti32x4(zmm8, __xmmword_ptr[Blocks + 16 * j]);
                c.vbroadcasti32x4(zmm8.k1, __xmmword_ptr[Blocks + (64 + 16 * j)]);
                c.vpsrlvw(zmm8, zmm8, zmm18);
                c.vpandd(zmm8, zmm8, zmm16);

                // Pairs 0 and 2 for registers 0 and 1, pairs 1 and 3 for 2 and 3.
                if (j < 2)
                {
                    c.vpsllvw(zmm9, upper[j % 2], zmm19);
                }
                else
                {
                    c.vpsrlw(zmm9, upper[j % 2], 2);
                    c.vpsllvw(zmm9, zmm9, zmm19);
                }

                c.vpternlogd(zmm8, zmm9, zmm17, FirstOrBothOthers);
                c.vpxord(sums[j], sums[j], sums[j]);
                c.vpdpbusd(sums[j], zmm8, __zmmword_ptr[Activations + 64 * j]);
            }

            AddQuarters(c);
        }

        public override void Scales(Assembler c)
        {
            c.vpmovsxbd(zmm1, __xmmword_ptr[Blocks + 192]);
            c.vcvtdq2ps(zmm1, zmm1);
            OneHalf(c, zmm10, 208);
            c.vmulps(zmm1, zmm1, zmm10);
        }
    }
}
