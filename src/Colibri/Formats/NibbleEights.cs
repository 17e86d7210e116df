using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>Eight rows of 32 values a block in sixteen bytes of 4-bit integers, low halves first, behind a scale and perhaps a least value.</summary>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="hasLeast">Whether a block's least value follows its scale.</param>
/// <param name="more">Constants that others read.</param>
internal class NibbleEights(int integersAt, bool hasLeast, params byte[][] more) : EightRowsRecipe([Bytes(15), Words(1), HalvesApart, Repeated([0, 0, 0, 0x80]), .. more])
{
    /// <summary>Sixteen ones.</summary>
    protected const int Ones = 1;

    /// <summary>The first of the constants that others read.</summary>
    protected const int More = 4;

    private const int Apart = 2;
    private const int Signs = 3;

    private static readonly AssemblerRegisterYMM[] Pairs = [ymm0, ymm1, ymm2, ymm3];

    public override int Values => 32;

    public override int Together => 8;

    public override bool ReadsSpread => false;

    public override int[] GroupsOfParts { get; } = [1];

    public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
    {
        // Blocks of 18 bytes: nothing but a scale before the integers.
        for (; steps.Length > 1 && integersAt == sizeof(ushort); steps = steps[2..])
        {
            Two(c, steps[0], steps[1]);
        }

        if (!hasLeast)
        {
            KeepLeadingHalves(c, steps);
            return;
        }

        foreach (var step in steps)
        {
            FourOfEach(c, step.Byte);
            TwoHalves(c, ymm0, Apart, ymm1, ymm2);
            KeepScale(c, step.Group, step.Group, ymm1, ymm3);
            c.vxorps(ymm2, ymm2, Constant(Signs));
            c.vmovups(Minimum(step.Group), ymm2);
        }
    }

    // A load of 32 bytes holds a block's scale and that of the next, 18 bytes further: in the upper half, as the second word.
    private static void Two(Assembler c, EightRowsStep step, EightRowsStep next)
    {
        for (var i = 0; i < 4; i++)
        {
            c.vmovdqu(Pairs[i], Place(__ymmword_ptr, 2 * i, step.Byte));
            c.vpunpcklwd(Pairs[i], Pairs[i], Place(__ymmword_ptr, 2 * i + 1, step.Byte));
        }

        c.vpunpckldq(ymm0, ymm0, ymm1);
        c.vpunpckldq(ymm2, ymm2, ymm3);
        c.vpunpcklqdq(xmm1, xmm0, xmm2);
        c.vpunpckhqdq(ymm0, ymm0, ymm2);
        c.vextracti128(xmm0, ymm0, 1);
        c.vcvtph2ps(ymm1, xmm1);
        c.vcvtph2ps(ymm0, xmm0);
        KeepScale(c, step.Group, step.Group, ymm1, ymm2);
        KeepScale(c, next.Group, next.Group, ymm0, ymm3);
    }

    public override void Sums(Assembler c, EightRowsStep step, int part)
    {
        Run(c, step, integersAt, 0);
        c.vmovdqu(Sum(step.Group), ymm6);
    }

    /// <summary>Leaves the sums of 32 values in ymm6.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="step">The step.</param>
    /// <param name="at">Bytes from where it begins to their sixteen bytes.</param>
    /// <param name="value">The first of them.</param>
    protected static void Run(Assembler c, EightRowsStep step, int at, int value)
    {
        // Eight times two products of integers below 16 fit 16 bits.
        TurnSixteen(c, step.Byte + at);
        for (var four = 0; four < 4; four++)
        {
            var (bytes, sum, low) = (Fours[four], ymm6, four == 0 ? ymm6 : ymm2);
            c.vpbroadcastd(ymm5, Four(step, value + 4 * four));
            c.vpand(low, bytes, First);
            c.vpmaddubsw(low, low, ymm5);
            c.vpbroadcastd(ymm7, Four(step, value + 16 + 4 * four));
            c.vpsrlw(bytes, bytes, 4);
            c.vpand(bytes, bytes, First);
            c.vpmaddubsw(bytes, bytes, ymm7);
            if (four > 0)
            {
                c.vpaddw(sum, sum, low);
            }

            c.vpaddw(sum, sum, bytes);
        }

        c.vpmaddwd(ymm6, ymm6, Constant(Ones));
    }
}
