using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q6_K
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q6_K>.EightRows { get; } = new SixBitEights();

    /// <summary>
    /// A block of sixteen groups in two halves. Each has 64 bytes of low bits, whose first 32 are runs 0 (low halves) and 2 of 32 values, the others
    /// runs 1 and 3, and 32 bytes of upper pairs of bits, one for each run. A run is two groups.
    /// </summary>
    private sealed class SixBitEights() : EightRowsRecipe([Bytes(15), Words(1), Bytes(0x30), .. SignedScalesConstants])
    {
        private const int Ones = 1;
        private const int UpperTwoAt = 2;
        private const int SignedScales = 3;

        private const int PairsAt = 128;
        private const int ScalesAt = 192;
        private const int ScaleAt = 208;

        private static readonly AssemblerRegisterYMM UpperTwo = ymm13;

        public override int Values => 256;

        public override int Together => 1;

        public override bool ReadsSpread => true;

        // Runs 0 and 2, whose groups are not next, and then runs 1 and 3.
        public override int[] GroupsOfParts { get; } = [2, 6, 2, 6];

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
        {
            c.vmovdqu(UpperTwo, Constant(UpperTwoAt));
            foreach (var step in steps)
            {
                // The last word of sixteen bytes of every row.
                AssemblerRegisterXMM[] pairs = [xmm6, xmm7, xmm8, xmm9];
                for (var i = 0; i < 4; i++)
                {
                    c.vmovdqu(pairs[i], Place(__xmmword_ptr, 2 * i, step.Byte + ScaleAt - 14));
                    c.vpunpckhwd(pairs[i], pairs[i], Place(__xmmword_ptr, 2 * i + 1, step.Byte + ScaleAt - 14));
                }

                c.vpunpckhdq(xmm6, xmm6, xmm7);
                c.vpunpckhdq(xmm8, xmm8, xmm9);
                c.vpunpckhqdq(xmm6, xmm6, xmm8);
                c.vcvtph2ps(ymm6, xmm6);

                MakeSmall(c, ymm6, SignedScales);
                TurnSixteen(c, step.Byte + ScalesAt);
                for (var four = 0; four < 4; four++)
                {
                    KeepSignedScales(c, Fours[four], ymm6, SignedScales, step.Group + 4 * four, [ymm7, ymm8, ymm9, ymm10]);
                }
            }
        }

        public override void Sums(Assembler c, EightRowsStep step, int part)
        {
            var (half, late) = (part / 2, part % 2);
            if (late == 0)
            {
                Turn(c, step.Byte + PairsAt + 32 * half);
                KeepTurned(c);
            }

            Turn(c, step.Byte + 64 * half + 32 * late);
            for (var four = 0; four < 4; four++)
            {
                Both(rows => c.vpand(Low(rows, four), Turned(rows, four), First));
                Both(rows => c.vpsrlw(Turned(rows, four), Turned(rows, four), 4));
                Both(rows => c.vpand(Turned(rows, four), Turned(rows, four), First));
                Both(rows => AddBits(c, Low(rows, four), rows, four, 4 - 2 * late, UpperTwo));
                Both(rows => AddBits(c, Turned(rows, four), rows, four, -2 * late, UpperTwo));
                Both(rows => c.vpmaddubsw(Low(rows, four), Low(rows, four), SpreadAt(step, 128 * half + 32 * late, four)));
                Both(rows => c.vpmaddubsw(Turned(rows, four), Turned(rows, four), SpreadAt(step, 128 * half + 32 * (2 + late), four)));
                if (four % 2 == 1)
                {
                    // Two products of integers below 64 fit 16 bits, and two such sums, no more.
                    Both(rows => Add(c, Low(rows, four - 1), Low(rows, four)));
                    Both(rows => Add(c, Turned(rows, four - 1), Turned(rows, four)));
                }
            }

            Both(rows => c.vpaddd(Low(rows, 0), Low(rows, 0), Low(rows, 2)));
            Both(rows => c.vpaddd(Turned(rows, 0), Turned(rows, 0), Turned(rows, 2)));
            var group = step.Group + 8 * half + 2 * late;
            Join(c, Low(0, 0), Low(1, 0), group);
            Join(c, Turned(0, 0), Turned(1, 0), group + 4);
        }

        private static AssemblerRegisterYMM Low(int rows, int four) => four switch
        {
            0 => Free(rows, 0),
            3 => Turned(rows, 1),
            _ => Free(rows, 1),
        };

        private static void Add(Assembler c, AssemblerRegisterYMM sum, AssemblerRegisterYMM more)
        {
            c.vpaddw(sum, sum, more);
            c.vpmaddwd(sum, sum, Constant(Ones));
        }

        // Four rows' sums of two groups, an even one in the lower half of the register.
        private static void Join(Assembler c, AssemblerRegisterYMM near, AssemblerRegisterYMM far, int group)
        {
            c.vperm2i128(ymm12, near, far, 0x20);
            c.vperm2i128(near, near, far, 0x31);
            c.vmovdqu(Sum(group), ymm12);
            c.vmovdqu(Sum(group + 1), near);
        }
    }
}
