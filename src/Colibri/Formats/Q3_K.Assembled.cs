using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q3_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q3_K>.Recipe { get; } = new SixBitScaleRecipe();

    /// <summary>Sixteen 6-bit scales plus 32: low halves of groups 0 to 7 and 8 to 15 share eight bytes, upper pairs lie in four.</summary>
    private sealed class SixBitScaleRecipe() : BitPairRecipe(32, 0)
    {
        public override void Constants(Assembler c)
        {
            base.Constants(c);
            Fill(c, zmm21, 0x0f0f0f0f);
            Fill(c, zmm22, 0x30303030);
            Fill(c, zmm23, 0x20202020);

            // Pair p of four bytes goes to bits 4 and 5 of lane p.
            Lanes(c, zmm24, [4, 2, 0, 30, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            Lanes(c, zmm25, [0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        }

        public override void Scales(Assembler c)
        {
            c.vpbroadcastq(xmm8, __qword_ptr[Blocks + 96]);
            c.vpsrlvq(zmm8, zmm8, zmm25);
            c.vpandd(xmm8, xmm8, xmm21);
            c.vpbroadcastd(xmm9, __dword_ptr[Blocks + 104]);
            c.vprolvd(xmm9, xmm9, xmm24);
            c.vpternlogd(xmm8, xmm9, xmm22, FirstOrBothOthers);
            c.vpsubb(zmm8, zmm8, zmm23);
            c.vpmovsxbd(zmm1, xmm8);
            c.vcvtdq2ps(zmm1, zmm1);
            OneHalf(c, zmm10, 108);
            c.vmulps(zmm1, zmm1, zmm10);
        }
    }
}
