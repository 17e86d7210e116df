using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct IQ4_NL
{
    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<IQ4_NL>.EightRows { get; } = new OneScaleEights();

    private sealed class OneScaleEights : CodebookEights
    {
        public override int Values => 32;

        public override int Together => 4;

        public override int[] GroupsOfParts { get; } = [1];

        public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps) => KeepLeadingHalves(c, steps);

        public override void Sums(Assembler c, EightRowsStep step, int part)
        {
            Run(c, step, sizeof(ushort), 0);
            c.vmovdqu(Sum(step.Group), ymm6);
        }
    }
}
