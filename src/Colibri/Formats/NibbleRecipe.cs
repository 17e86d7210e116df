using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Formats of 32 values a block in sixteen bytes of 4-bit integers, low halves first, behind a scale and perhaps a least value:
/// register j takes blocks j, 4 + j, 8 + j and 12 + j, so that adding up quarters leaves the blocks in order. What else a format
/// makes of the integers it adds in <see cref="Complete"/>.
/// </summary>
/// <param name="blockBytes">Bytes of a block.</param>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="hasLeast">Whether a block's least value follows its scale.</param>
internal class NibbleRecipe(int blockBytes, int integersAt, bool hasLeast) : RowRecipe
{
    public override int Values => 512;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 4)
           from half in Enumerable.Range(0, 2)
           from quarter in Enumerable.Range(0, 4)
           from value in Enumerable.Range(0, 16)
           select (4 * quarter + register) * 32 + 16 * half + value,
    ];

    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x0f0f0f0f);
        Fill(c, zmm17, 0x80000000);
        Ones(c);
        if (hasLeast)
        {
            PairOrder(c, zmm18, blockBytes);
        }
        else
        {
            HalfOrder(c, zmm18, blockBytes);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
        AssemblerRegisterZMM[] bytes = [zmm6, zmm7, zmm8, zmm9];
        AssemblerRegisterXMM[] first = [xmm6, xmm7, xmm8, xmm9];
        for (var j = 0; j < 4; j++)
        {
            FourBlocks(c, first[j], bytes[j], j, integersAt);
            c.vpandd(zmm10, bytes[j], zmm16);
            c.vpsrlw(bytes[j], bytes[j], 4);
            c.vpandd(bytes[j], bytes[j], zmm16);
            Complete(c, j, zmm10, bytes[j]);
            c.vpxord(sums[j], sums[j], sums[j]);
            c.vpdpbusd(sums[j], zmm10, __zmmword_ptr[Activations + j * 128]);
            c.vpdpbusd(sums[j], bytes[j], __zmmword_ptr[Activations + (j * 128 + 64)]);
        }

        AddUp(c);
    }

    public override void Scales(Assembler c)
    {
        if (hasLeast)
        {
            // What is added is the negative of what is subtracted.
            HalfPairs(c, zmm1, zmm2, zmm18, blockBytes);
            c.vpxord(zmm2, zmm2, zmm17);
        }
        else
        {
            Halves(c, zmm1, zmm18, blockBytes);
        }
    }

    /// <summary>Adds up lanes of eight products each: small, where integers are below 16.</summary>
    protected virtual void AddUp(Assembler c) => AddSmallQuarters(c, zmm0, zmm1, zmm2, zmm3);

    /// <summary>Makes the format's unsigned integers of 4-bit ones; may change zmm11 and keep something in zmm12 to zmm15 for <see cref="Scales"/>.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="register">Which register, 0..3.</param>
    /// <param name="low">Values 0 to 15 of its four blocks, a quarter each.</param>
    /// <param name="high">Values 16 to 31.</param>
    protected virtual void Complete(Assembler c, int register, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
    }

    /// <summary>Sixteen bytes of each of a register's four blocks.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="first">The low quarter of <paramref name="all"/>.</param>
    /// <param name="all">Receives them.</param>
    /// <param name="register">Which register, 0..3.</param>
    /// <param name="start">Bytes from a block to them.</param>
    protected void FourBlocks(Assembler c, AssemblerRegisterXMM first, AssemblerRegisterZMM all, int register, int start)
    {
        c.vmovdqu(first, __xmmword_ptr[Blocks + (start + register * blockBytes)]);
        for (var quarter = 1; quarter < 4; quarter++)
        {
            c.vinserti32x4(all, all, __xmmword_ptr[Blocks + (start + (4 * quarter + register) * blockBytes)], (byte)quarter);
        }
    }
}
