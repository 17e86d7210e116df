using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Eight rows of Q4_K or Q5_K: a block of eight groups; each 32 bytes of integers hold a group in their low halves and the next one in
/// their high halves.
/// </summary>
/// <param name="integersAt">Bytes from a block to its 4-bit integers; it begins with two halves and twelve bytes of 6-bit numbers.</param>
/// <param name="bitsAt">Bytes from a block to 32 bytes of fifth bits, or -1 where it has none.</param>
internal sealed class SixBitPairEights(int integersAt, int bitsAt) : EightRowsRecipe(
    [Bytes(15), Words(1), Bytes(63), Bytes(0x30), HalvesApart, Bytes(16), .. EachByteConstants])
{
    private const int Ones = 1;
    private const int SixBits = 2;
    private const int UpperTwo = 3;
    private const int Apart = 4;
    private const int FifthBitAt = 5;
    private const int EachByteAt = 6;

    private static readonly AssemblerRegisterYMM FifthBit = ymm13;
    private static readonly AssemblerRegisterYMM[] Each = [ymm1, ymm2, ymm3, ymm4];

    public override int Values => 256;

    public override int Together => 2;

    public override bool ReadsSpread => true;

    public override int[] GroupsOfParts { get; } = [2, 2, 2, 2];

    public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
    {
        if (bitsAt >= 0)
        {
            c.vmovdqu(FifthBit, Constant(FifthBitAt));
        }

        foreach (var step in steps)
        {
            Scales(c, step);
        }
    }

    private void Scales(Assembler c, EightRowsStep step)
    {
        // ymm1: a row's two halves; ymm4, ymm3, ymm0: its twelve bytes.
        TurnSixteen(c, step.Byte);
        TwoHalves(c, ymm1, Apart, ymm5, ymm6);

        // Six bits each of the first four groups' scales and minimums; those of the others are four bits of the last four bytes and two of
        // the bytes before.
        c.vpand(ymm7, ymm4, Constant(SixBits));
        c.vpand(ymm8, ymm3, Constant(SixBits));
        c.vpand(ymm9, ymm0, First);
        c.vpsrlw(ymm0, ymm0, 4);
        c.vpand(ymm0, ymm0, First);
        c.vpsrlw(ymm4, ymm4, 2);
        c.vpand(ymm4, ymm4, Constant(UpperTwo));
        c.vpor(ymm9, ymm9, ymm4);
        c.vpsrlw(ymm3, ymm3, 2);
        c.vpand(ymm3, ymm3, Constant(UpperTwo));
        c.vpor(ymm0, ymm0, ymm3);
        foreach (var (numbers, first) in new[] { (ymm7, step.Group), (ymm9, step.Group + 4) })
        {
            EachByte(c, numbers, ymm5, EachByteAt, Each);
            for (var i = 0; i < Each.Length; i++)
            {
                KeepScale(c, first + i, first + i, Each[i], ymm10);
            }
        }

        foreach (var (numbers, first) in new[] { (ymm8, step.Group), (ymm0, step.Group + 4) })
        {
            EachByte(c, numbers, ymm6, EachByteAt, Each);
            for (var i = 0; i < Each.Length; i++)
            {
                c.vmovups(Minimum(first + i), Each[i]);
            }
        }
    }

    public override void Sums(Assembler c, EightRowsStep step, int part)
    {
        if (bitsAt >= 0 && part == 0)
        {
            Turn(c, step.Byte + bitsAt);
            KeepTurned(c);
        }

        var value = part * 64;
        Turn(c, step.Byte + integersAt + part * 32);
        for (var four = 0; four < 4; four++)
        {
            // Sums stay where the first products are: of low halves in the first free register, of high halves in that of the first bytes.
            Both(half => c.vpand(Low(half, four), Turned(half, four), First));
            Both(half => c.vpsrlw(Turned(half, four), Turned(half, four), 4));
            Both(half => c.vpand(Turned(half, four), Turned(half, four), First));
            if (bitsAt >= 0)
            {
                // Bit g of a byte is that of its value in group g.
                Both(half => AddBits(c, Low(half, four), half, four, 4 - 2 * part, FifthBit));
                Both(half => AddBits(c, Turned(half, four), half, four, 3 - 2 * part, FifthBit));
            }

            Both(half => c.vpmaddubsw(Low(half, four), Low(half, four), SpreadAt(step, value, four)));
            Both(half => c.vpmaddubsw(Turned(half, four), Turned(half, four), SpreadAt(step, value + 32, four)));
            if (four > 0)
            {
                Both(half => c.vpaddw(Low(half, 0), Low(half, 0), Low(half, four)));
                Both(half => c.vpaddw(Turned(half, 0), Turned(half, 0), Turned(half, four)));
            }
        }

        Join(c, Low(0, 0), Low(1, 0), Sum(step.Group + 2 * part));
        Join(c, Turned(0, 0), Turned(1, 0), Sum(step.Group + 2 * part + 1));
    }

    private static AssemblerRegisterYMM Low(int half, int four) => Free(half, four == 0 ? 0 : 1);

    // Both halves of four rows' sums, four rows after four; eight times two products of integers below 16 fit 16 bits, of integers below 32 four times.
    private void Join(Assembler c, AssemblerRegisterYMM near, AssemblerRegisterYMM far, AssemblerMemoryOperand target)
    {
        var other = Free(0, 1);
        c.vperm2i128(other, near, far, 0x20);
        c.vperm2i128(near, near, far, 0x31);
        if (bitsAt >= 0)
        {
            c.vpmaddwd(other, other, Constant(Ones));
            c.vpmaddwd(near, near, Constant(Ones));
            c.vpaddd(near, near, other);
        }
        else
        {
            c.vpaddw(near, near, other);
            c.vpmaddwd(near, near, Constant(Ones));
        }

        c.vmovdqu(target, near);
    }
}
