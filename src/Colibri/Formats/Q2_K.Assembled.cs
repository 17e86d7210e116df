using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q2_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q2_K>.Recipe { get; } = new FourBitPairRecipe();

    /// <summary>A byte for each group: the scale in its low half, the minimum in its high half.</summary>
    private sealed class FourBitPairRecipe() : BitPairRecipe(16, -1)
    {
        public override void Constants(Assembler c)
        {
            base.Constants(c);
            Fill(c, zmm21, 0x0f);
        }

        public override void Scales(Assembler c)
        {
            c.vpmovzxbd(zmm2, __xmmword_ptr[Blocks]);
            c.vpandd(zmm1, zmm2, zmm21);
            c.vpsrld(zmm2, zmm2, 4);
            c.vcvtdq2ps(zmm1, zmm1);
            c.vcvtdq2ps(zmm2, zmm2);
            OneHalf(c, zmm10, 80);
            OneHalf(c, zmm11, 82);
            c.vmulps(zmm1, zmm1, zmm10);
            c.vmulps(zmm2, zmm2, zmm11);
        }
    }
}
