using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Formats of 32 values a block in sixteen bytes of 4-bit integers, low halves first: register j takes blocks j, 4 + j, 8 + j and
/// 12 + j, so that adding up quarters leaves the blocks in order.
/// </summary>
/// <param name="blockBytes">Bytes of a block.</param>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="scaleAt">Bytes from a block to its scale.</param>
/// <param name="leastAt">Bytes from a block to its least value, or -1 where it has none.</param>
internal sealed class NibbleRecipe(int blockBytes, int integersAt, int scaleAt, int leastAt) : RowRecipe
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
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
        AssemblerRegisterZMM[] bytes = [zmm6, zmm7, zmm8, zmm9];
        AssemblerRegisterXMM[] first = [xmm6, xmm7, xmm8, xmm9];
        for (var j = 0; j < 4; j++)
        {
            c.vmovdqu(first[j], __xmmword_ptr[Blocks + (integersAt + j * blockBytes)]);
            for (var quarter = 1; quarter < 4; quarter++)
            {
                c.vinserti32x4(bytes[j], bytes[j], __xmmword_ptr[Blocks + (integersAt + (4 * quarter + j) * blockBytes)], (byte)quarter);
            }

            c.vpandd(zmm10, bytes[j], zmm16);
            c.vpsrlw(bytes[j], bytes[j], 4);
            c.vpandd(bytes[j], bytes[j], zmm16);
            c.vpxord(sums[j], sums[j], sums[j]);
            c.vpdpbusd(sums[j], zmm10, __zmmword_ptr[Activations + j * 128]);
            c.vpdpbusd(sums[j], bytes[j], __zmmword_ptr[Activations + (j * 128 + 64)]);
        }

        AddQuarters(c);
    }

    public override void Scales(Assembler c)
    {
        Halves(c, zmm1, scaleAt, blockBytes);
        if (leastAt >= 0)
        {
            // What is added is the negative of what is subtracted.
            Halves(c, zmm2, leastAt, blockBytes);
            c.vpxord(zmm2, zmm2, zmm17);
        }
    }
}
