using Colibri.Formats.Packing;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Eight rows of 4-bit numbers of steps (<see cref="Codebook"/>), sixteen bytes for each 32 values, low halves first. Magnitudes are multiplied, with
/// the signs on the activations: two products fit 16 bits then, more do not.
/// </summary>
/// <param name="more">Constants that others read.</param>
internal abstract class CodebookEights(params byte[][] more) : EightRowsRecipe([Bytes(15), Words(1), Repeated([.. Codebook.Steps.ToArray().Select(step => (byte)step)]), .. more])
{
    private const int Ones = 1;
    private const int StepsAt = 2;

    private static readonly AssemblerRegisterYMM Steps = ymm13;

    /// <summary>The first of the constants that others read.</summary>
    protected static int More => 3;

    public override bool ReadsSpread => false;

    public override bool TakesOffset => true;

    /// <summary>Leaves the sums of 32 values in ymm6.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="step">The step.</param>
    /// <param name="at">Bytes from where it begins to their sixteen bytes.</param>
    /// <param name="value">The first of them.</param>
    protected static void Run(Assembler c, EightRowsStep step, int at, int value)
    {
        c.vmovdqu(Steps, Constant(StepsAt));
        TurnSixteen(c, step.Byte + at);
        for (var four = 0; four < 4; four++)
        {
            var bytes = Fours[four];
            c.vpand(ymm2, bytes, First);
            Multiply(c, four == 0 ? ymm6 : ymm2, ymm2, Four(step, value + 4 * four));
            c.vpsrlw(bytes, bytes, 4);
            c.vpand(bytes, bytes, First);
            Multiply(c, bytes, bytes, Four(step, value + 16 + 4 * four));
            if (four > 0)
            {
                c.vpaddd(ymm6, ymm6, ymm2);
            }

            c.vpaddd(ymm6, ymm6, bytes);
        }
    }

    private static void Multiply(Assembler c, AssemblerRegisterYMM sums, AssemblerRegisterYMM numbers, AssemblerMemoryOperand activations)
    {
        c.vpshufb(sums, Steps, numbers);
        c.vpbroadcastd(ymm5, activations);
        c.vpsignb(ymm5, ymm5, sums);
        c.vpabsb(sums, sums);
        c.vpmaddubsw(sums, sums, ymm5);
        c.vpmaddwd(sums, sums, Constant(Ones));
    }
}
