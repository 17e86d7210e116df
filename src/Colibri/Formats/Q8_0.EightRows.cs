using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q8_0
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<Q8_0>.EightRows { get; } = new SignedByteEights();

    /// <summary>
    /// A half and 32 signed bytes. Magnitudes are multiplied, with the signs on the activations: two products fit 16 bits then (2 * 128 * 127),
    /// more do not.
    /// </summary>
    private sealed class SignedByteEights() : EightRowsRecipe(Words(1))
    {
        public override int Values => 32;

        public override int Together => 4;

        public override bool ReadsSpread => true;

        public override bool TakesOffset => true;

        public override int[] GroupsOfParts { get; } = [1];

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps) => KeepLeadingHalves(c, steps);

        public override void Sums(Assembler c, EightRowsStep step, int part)
        {
            Turn(c, step.Byte + sizeof(ushort));
            for (var four = 0; four < 4; four++)
            {
                Both(half => c.vmovdqu(Free(half, 0), SpreadAt(step, 0, four)));
                Both(half => c.vpsignb(Free(half, 0), Free(half, 0), Turned(half, four)));
                Both(half => c.vpabsb(Turned(half, four), Turned(half, four)));
                Both(half => c.vpmaddubsw(Turned(half, four), Turned(half, four), Free(half, 0)));
                Both(half => c.vpmaddwd(Turned(half, four), Turned(half, four), First));
                if (four > 0)
                {
                    Both(half => c.vpaddd(Turned(half, 0), Turned(half, 0), Turned(half, four)));
                }
            }

            c.vperm2i128(ymm12, Turned(0, 0), Turned(1, 0), 0x20);
            c.vperm2i128(ymm13, Turned(0, 0), Turned(1, 0), 0x31);
            c.vpaddd(ymm12, ymm12, ymm13);
            c.vmovdqu(Sum(step.Group), ymm12);
        }
    }
}
