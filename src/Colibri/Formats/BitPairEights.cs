using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Eight rows of Q2_K or Q3_K: a block of sixteen groups; each 32 bytes hold four runs of 32 values, two bits of a byte each. A run is two groups.
/// </summary>
/// <param name="integersAt">Bytes from a block to 64 bytes of 2-bit integers.</param>
/// <param name="bitsAt">Bytes from a block to 32 bytes of third bits, one for each run, or -1 where it has none.</param>
/// <param name="more">Constants that the scales read.</param>
internal abstract class BitPairEights(int integersAt, int bitsAt, params byte[][] more) : EightRowsRecipe([Bytes(3), Words(1), Bytes(4), .. more])
{
    private const int Ones = 1;
    private const int ThirdBitAt = 2;

    private static readonly AssemblerRegisterYMM ThirdBit = ymm13;

    public override int Values => 256;

    public override int Together => 1;

    public override bool ReadsSpread => true;

    public override int[] GroupsOfParts { get; } = [2, 2, 2, 2, 2, 2, 2, 2];

    /// <summary>Where the first of the constants for scales is.</summary>
    protected static int More => 3;

    public override void Sums(Assembler c, EightRowsStep step, int part)
    {
        if (part == 0 && bitsAt >= 0)
        {
            Turn(c, step.Byte + bitsAt);
            KeepTurned(c);
            c.vmovdqu(ThirdBit, Constant(ThirdBitAt));
        }

        var run = part % 4;
        if (run == 0)
        {
            // They stay where they are for four runs.
            Turn(c, step.Byte + integersAt + 32 * (part / 4));
        }

        for (var four = 0; four < 4; four++)
        {
            Both(half => Integers(c, half, four, run));
            if (bitsAt >= 0)
            {
                // Bit r of a byte is that of its value in run r.
                Both(half => AddBits(c, Taken(half, four), half, four, 2 - part, ThirdBit));
            }

            Both(half => c.vpmaddubsw(Taken(half, four), Taken(half, four), SpreadAt(step, 32 * part, four)));
            if (four > 0)
            {
                Both(half => c.vpaddw(Taken(half, 0), Taken(half, 0), Taken(half, four)));
            }
        }

        // Four rows' sums of two groups, an even one in the lower half of the register.
        var (even, near, far) = (ymm12, Taken(0, 0), Taken(1, 0));
        c.vperm2i128(even, near, far, 0x20);
        c.vperm2i128(near, near, far, 0x31);
        c.vpmaddwd(even, even, Constant(Ones));
        c.vpmaddwd(near, near, Constant(Ones));
        c.vmovdqu(Sum(step.Group + 2 * part), even);
        c.vmovdqu(Sum(step.Group + 2 * part + 1), near);
    }

    private static AssemblerRegisterYMM Taken(int half, int four) => Free(half, four == 0 ? 0 : 1);

    private static void Integers(Assembler c, int half, int four, int run)
    {
        if (run == 0)
        {
            c.vpand(Taken(half, four), Turned(half, four), First);
            return;
        }

        c.vpsrlw(Taken(half, four), Turned(half, four), (byte)(2 * run));
        c.vpand(Taken(half, four), Taken(half, four), First);
    }
}
