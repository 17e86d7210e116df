using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>Eight rows of Q5_0 or Q5_1: <see cref="NibbleEights"/> with a fifth bit for each value in four bytes before the integers.</summary>
/// <param name="bitsAt">Bytes from a block to its fifth bits; its integers follow them.</param>
/// <param name="hasLeast">Whether a block's least value follows its scale.</param>
internal sealed class FifthBitEights(int bitsAt, bool hasLeast) : NibbleEights(
    bitsAt + 4, hasLeast, Bytes(16), Repeated([1, 2, 4, 8]), Repeated([16, 32, 64, 128]), AllOf(0), AllOf(1), AllOf(2), AllOf(3))
{
    private const int FifthBitAt = More;
    private const int FirstBits = More + 1;
    private const int AllOfFirst = More + 3;

    private static readonly AssemblerRegisterYMM FifthBit = ymm13;

    public override void Scales(Assembler c, ReadOnlySpan<EightRowsStep> steps)
    {
        base.Scales(c, steps);
        c.vmovdqu(FifthBit, Constant(FifthBitAt));
        foreach (var step in steps)
        {
            FourOfEach(c, step.Byte + bitsAt);
            c.vmovdqu(Own(step.Group), ymm0);
        }
    }

    public override void Sums(Assembler c, EightRowsStep step, int part)
    {
        TurnSixteen(c, step.Byte + bitsAt + 4);
        c.vmovdqu(ymm8, Own(step.Group));
        c.vmovdqu(ymm10, Constant(FirstBits));
        c.vmovdqu(ymm11, Constant(FirstBits + 1));
        for (var four = 0; four < 4; four++)
        {
            // Sums of low halves stay in ymm6, of high halves in the first four bytes' register. A byte of bits is that of two fours.
            var (bytes, low, bits) = (Fours[four], four == 0 ? ymm6 : ymm2, four % 2 == 0 ? ymm10 : ymm11);
            if (four % 2 == 0)
            {
                c.vpshufb(ymm7, ymm8, Constant(AllOfFirst + four / 2));
                c.vpshufb(ymm12, ymm8, Constant(AllOfFirst + 2 + four / 2));
            }

            c.vpand(low, bytes, First);
            AddFifthBits(c, low, ymm7, bits);
            c.vpbroadcastd(ymm5, Four(step, 4 * four));
            c.vpmaddubsw(low, low, ymm5);
            c.vpsrlw(bytes, bytes, 4);
            c.vpand(bytes, bytes, First);
            AddFifthBits(c, bytes, ymm12, bits);
            c.vpbroadcastd(ymm5, Four(step, 16 + 4 * four));
            c.vpmaddubsw(bytes, bytes, ymm5);
            if (four > 0)
            {
                c.vpaddw(ymm6, ymm6, low);
                c.vpaddw(Fours[0], Fours[0], bytes);
            }
        }

        // Four times two products of integers below 32 fit 16 bits, eight times do not.
        c.vpmaddwd(ymm6, ymm6, Constant(Ones));
        c.vpmaddwd(Fours[0], Fours[0], Constant(Ones));
        c.vpaddd(ymm6, ymm6, Fours[0]);
        c.vmovdqu(Sum(step.Group), ymm6);
    }

    // What vpshufb takes to leave one byte of every lane in all four.
    private static byte[] AllOf(int index) => Repeated([.. Enumerable.Range(0, 16).Select(i => (byte)(i / 4 * 4 + index))]);

    private static void AddFifthBits(Assembler c, AssemblerRegisterYMM integers, AssemblerRegisterYMM spread, AssemblerRegisterYMM bits)
    {
        c.vpand(ymm9, spread, bits);
        c.vpcmpeqb(ymm9, ymm9, bits);
        c.vpand(ymm9, ymm9, FifthBit);
        c.vpor(integers, integers, ymm9);
    }
}
