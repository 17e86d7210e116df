using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// <see cref="NibbleRecipe"/> with a fifth bit for each value in four bytes before the integers: a register takes the first sixteen
/// bytes of its four blocks, spreads a byte of bits over eight and adds 16 where the bit is set. The same registers hold the scales.
/// </summary>
/// <param name="blockBytes">Bytes of a block.</param>
/// <param name="bitsAt">Bytes from a block to its fifth bits; its integers follow them.</param>
/// <param name="hasLeast">Whether a block's least value follows its scale.</param>
internal sealed class FifthBitRecipe(int blockBytes, int bitsAt, bool hasLeast) : NibbleRecipe(blockBytes, bitsAt + 4, hasLeast, permutes: false)
{
    private readonly bool _hasLeast = hasLeast;

    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x0f0f0f0f);
        Fill(c, zmm17, 0x80000000);
        Fill(c, zmm18, 0x10101010);

        // A bit for each of eight bytes; which byte of bits each byte takes, for values 0 to 15 and 16 to 31.
        Quarters(c, zmm19, [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128]);
        Quarters(c, zmm20, [.. Enumerable.Range(0, 16).Select(i => (byte)(bitsAt + i / 8))]);
        Quarters(c, zmm21, [.. Enumerable.Range(0, 16).Select(i => (byte)(bitsAt + 2 + i / 8))]);

        // The first eight bytes of every quarter side by side, then the others.
        Lanes(c, zmm22, [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15]);
    }

    public override void Scales(Assembler c)
    {
        // Words 0 and 1 of every quarter are a block's scale and least value: pairs of registers, then pairs of pairs.
        c.vpunpcklwd(zmm12, zmm12, zmm13);
        c.vpunpcklwd(zmm14, zmm14, zmm15);
        c.vpunpckldq(zmm12, zmm12, zmm14);
        c.vpermd(zmm12, zmm22, zmm12);
        c.vcvtph2ps(zmm1, ymm12);
        if (_hasLeast)
        {
            c.vextracti64x4(ymm13, zmm12, 1);
            c.vcvtph2ps(zmm2, ymm13);
            c.vpxord(zmm2, zmm2, zmm17);
        }
    }

    protected override void AddUp(Assembler c) => AddQuarters(c);

    protected override void Complete(Assembler c, int register, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
        var (first, heads) = register switch
        {
            0 => (xmm12, zmm12),
            1 => (xmm13, zmm13),
            2 => (xmm14, zmm14),
            _ => (xmm15, zmm15),
        };
        FourBlocks(c, first, heads, register, 0);
        c.vpshufb(zmm11, heads, zmm20);
        c.vptestmb(k1, zmm11, zmm19);
        c.vpshufb(zmm11, heads, zmm21);
        c.vptestmb(k2, zmm11, zmm19);
        c.vpaddb(low.k1, low, zmm18);
        c.vpaddb(high.k2, high, zmm18);
    }
}
