using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q2_K
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q2_K>.EightRows { get; } = new FourBitPairEights();

    /// <summary>A byte for each group: the scale in its low half, the minimum in its high half; two halves at the end that they are multiplied by.</summary>
    private sealed class FourBitPairEights() : BitPairEights(16, -1, [Bytes(15), HalvesApart, .. EachByteConstants])
    {
        private const int ScalesAt = 0;
        private const int HalvesAt = 80;

        private static readonly int FourBits = More;
        private static readonly int Apart = More + 1;
        private static readonly int EachByteAt = More + 2;

        private static readonly AssemblerRegisterYMM[] Each = [ymm2, ymm5, ymm6, ymm10];

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
        {
            foreach (var step in steps)
            {
                // The last four of sixteen bytes of every row.
                AssemblerRegisterXMM[] pairs = [xmm6, xmm7, xmm8, xmm9];
                for (var i = 0; i < 4; i++)
                {
                    c.vmovdqu(pairs[i], Place(__xmmword_ptr, 2 * i, step.Byte + HalvesAt - 12));
                    c.vpunpckhdq(pairs[i], pairs[i], Place(__xmmword_ptr, 2 * i + 1, step.Byte + HalvesAt - 12));
                }

                c.vpunpckhqdq(xmm6, xmm6, xmm7);
                c.vpunpckhqdq(xmm8, xmm8, xmm9);
                c.vinserti128(ymm6, ymm6, xmm8, 1);
                TwoHalves(c, ymm6, Apart, ymm7, ymm8);
                TurnSixteen(c, step.Byte + ScalesAt);
                for (var four = 0; four < 4; four++)
                {
                    var (numbers, first) = (Fours[four], step.Group + 4 * four);
                    c.vpand(ymm9, numbers, Constant(FourBits));
                    EachByte(c, ymm9, ymm7, EachByteAt, Each);
                    for (var i = 0; i < Each.Length; i++)
                    {
                        KeepScale(c, first + i, (first + i) / 2, Each[i], ymm9);
                    }

                    c.vpsrlw(numbers, numbers, 4);
                    c.vpand(numbers, numbers, Constant(FourBits));
                    EachByte(c, numbers, ymm8, EachByteAt, Each);
                    for (var i = 0; i < Each.Length; i++)
                    {
                        c.vmovups(Minimum(first + i), Each[i]);
                    }
                }
            }
        }
    }
}
