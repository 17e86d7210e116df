using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q3_K
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q3_K>.EightRows { get; } = new SixBitScaleEights();

    /// <summary>Twelve bytes of 6-bit scales, 32 more than they are, and a half that they are multiplied by.</summary>
    private sealed class SixBitScaleEights() : BitPairEights(32, 0, [Bytes(15), Bytes(0x30), Bytes(32), .. SignedScalesConstants])
    {
        // The last sixteen bytes of a block: two that belong to others, the twelve, the half.
        private const int LastAt = 94;

        private static readonly int FourBits = More;
        private static readonly int UpperTwo = More + 1;
        private static readonly int Zero = More + 2;
        private static readonly int SignedScales = More + 3;

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
        {
            foreach (var step in steps)
            {
                TurnSixteen(c, step.Byte + LastAt);

                // ymm6: the half of a row in every lane. ymm7 to ymm9: the twelve bytes.
                c.vpsrld(ymm6, ymm0, 16);
                c.vpackusdw(ymm6, ymm6, ymm6);
                c.vpermq(ymm6, ymm6, 0b00_00_10_00);
                c.vcvtph2ps(ymm6, xmm6);
                MakeSmall(c, ymm6, SignedScales);
                FourBehindTwo(c, ymm7, ymm1, ymm4);
                FourBehindTwo(c, ymm8, ymm4, ymm3);
                FourBehindTwo(c, ymm9, ymm3, ymm0);

                // Groups 0 to 3 and 4 to 7 are low halves of the first eight bytes, the others their high halves; pair p of the last four
                // bytes belongs to groups 4 p to 4 p + 3.
                for (var four = 0; four < 4; four++)
                {
                    var low = four % 2 == 0 ? ymm7 : ymm8;
                    Move(c, ymm0, low, four < 2 ? 0 : -4);
                    c.vpand(ymm0, ymm0, Constant(FourBits));
                    Move(c, ymm1, ymm9, 4 - 2 * four);
                    c.vpand(ymm1, ymm1, Constant(UpperTwo));
                    c.vpor(ymm0, ymm0, ymm1);
                    c.vpsubb(ymm0, ymm0, Constant(Zero));
                    KeepSignedScales(c, ymm0, ymm6, SignedScales, step.Group + 4 * four, [ymm2, ymm3, ymm4, ymm5]);
                }
            }
        }

        // The last two bytes of some lanes and the first two of the lanes behind them.
        private static void FourBehindTwo(Assembler c, AssemblerRegisterYMM target, AssemblerRegisterYMM first, AssemblerRegisterYMM second)
        {
            c.vpsrld(target, first, 16);
            c.vpslld(ymm2, second, 16);
            c.vpor(target, target, ymm2);
        }
    }
}
