using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Eight rows of INT4_G32, INT4_G64 or INT4_G128: runs of 32 values as <see cref="NibbleEights"/> multiplies them. Zero points are not
/// subtracted from integers, but what they take from a run's sum, a product a row.
/// </summary>
/// <param name="values">Values of a block: 32, 64 or 128.</param>
internal sealed class GroupedNibbleEights(int values) : NibbleEights(GroupedNibbles.IntegersAt, hasLeast: false)
{
    public override int Values => values;

    public override int Together => 8 * GroupedNibbles.Run / values;

    public override int[] GroupsOfParts { get; } = [.. Enumerable.Repeat(1, values / GroupedNibbles.Run)];

    public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
    {
        foreach (var step in steps)
        {
            // A row's scale, and behind it a byte that is its zero point.
            TurnSixteen(c, step.Byte);
            var (scales, zeros, free) = (Fours[0], Fours[1], ymm2);
            c.vpslld(zeros, zeros, 24);
            c.vpsrld(zeros, zeros, 24);
            for (var run = 0; run < GroupsOfParts.Length; run++)
            {
                var group = step.Group + run;
                KeepScale(c, group, group, scales, free);

                // Integers are sixteen more than q less the zero point: sixteen times the activations' sum, less the zero point times it.
                c.vpbroadcastd(free, Correction(group));
                c.vpmulld(ymm5, zeros, free);
                c.vpsrad(ymm5, ymm5, 4);
                c.vpsubd(free, free, ymm5);
                c.vmovdqu(Own(group), free);
            }
        }
    }

    public override void Sums(Assembler c, EightRowsStep step, int part)
    {
        Run(c, step, GroupedNibbles.IntegersAt + part * GroupedNibbles.Run / 2, part * GroupedNibbles.Run);
        c.vpaddd(ymm6, ymm6, Own(step.Group + part));
        c.vmovdqu(Sum(step.Group + part), ymm6);
    }
}
