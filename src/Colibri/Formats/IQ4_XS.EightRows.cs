using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct IQ4_XS
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<IQ4_XS>.EightRows { get; } = new SixBitScaleEights();

    /// <summary>A half, sixteen bits of the upper pairs of eight scales and four bytes of their lower bits; scales are stored plus 32.</summary>
    private sealed class SixBitScaleEights() : CodebookEights(HalvesApart, Repeated([15, 0, 0, 0]), Repeated([0x30, 0, 0, 0]), Repeated([32, 0, 0, 0]))
    {
        private const int NumbersAt = 8;

        private static readonly int Apart = More;
        private static readonly int FourBits = More + 1;
        private static readonly int UpperTwo = More + 2;
        private static readonly int Zero = More + 3;

        public override int Values => 256;

        public override int Together => 1;

        public override int[] GroupsOfParts { get; } = [1, 1, 1, 1, 1, 1, 1, 1];

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
        {
            foreach (var step in steps)
            {
                TurnSixteen(c, step.Byte);
                var (pairs, low, factor, free) = (ymm7, Fours[1], ymm5, ymm6);
                c.vpsrld(pairs, Fours[0], 16);
                TwoHalves(c, Fours[0], Apart, factor, free);
                for (var group = 0; group < 8; group++)
                {
                    var (scale, upper) = group % 2 == 0 ? (ymm0, ymm1) : (ymm2, ymm3);
                    c.vpsrld(scale, low, (byte)(4 * group));
                    c.vpand(scale, scale, Constant(FourBits));
                    Move(c, upper, pairs, 4 - 2 * group);
                    c.vpand(upper, upper, Constant(UpperTwo));
                    c.vpor(scale, scale, upper);
                    c.vpsubd(scale, scale, Constant(Zero));
                    c.vcvtdq2ps(scale, scale);
                    c.vmulps(scale, factor, scale);
                    KeepScale(c, step.Group + group, step.Group + group, scale, upper);
                }
            }
        }

        public override void Sums(Assembler c, EightRowsStep step, int part)
        {
            Run(c, step, NumbersAt + 16 * part, 32 * part);
            c.vmovdqu(Sum(step.Group + part), ymm6);
        }
    }
}
