using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q4_K>.Recipe { get; } = new PairRecipe();

    /// <summary>
    /// Two blocks of eight groups. Register j takes group j of a block and the group four behind it: the same halves of
    /// bytes 64 apart.
    /// </summary>
    private sealed class PairRecipe : RowRecipe
    {
        private const int BlockBytes = 144;

        public override int Values => 512;

        public override int[] Order { get; } =
        [
            .. from register in Enumerable.Range(0, 8)
               from half in Enumerable.Range(0, 2)
               from value in Enumerable.Range(0, 32)
               select register / 4 * 256 + (half * 4 + register % 4) * 32 + value,
        ];

        public override void Constants(Assembler c) => SixBitAssembly.Constants(c);

        public override void Sums(Assembler c)
        {
            AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7];
            for (var pair = 0; pair < 4; pair++)
            {
                // Groups 2 p and 2 p + 1 share bytes.
                var from = pair / 2 * BlockBytes + 16 + pair % 2 * 32;
                c.vmovdqu(ymm8, __ymmword_ptr[Blocks + from]);
                c.vinserti64x4(zmm8, zmm8, __ymmword_ptr[Blocks + (from + 64)], 1);
                c.vpandd(zmm9, zmm8, zmm16);
                c.vpsrlw(zmm8, zmm8, 4);
                c.vpandd(zmm8, zmm8, zmm16);
                c.vpxord(sums[2 * pair], sums[2 * pair], sums[2 * pair]);
                c.vpxord(sums[2 * pair + 1], sums[2 * pair + 1], sums[2 * pair + 1]);
                c.vpdpbusd(sums[2 * pair], zmm9, __zmmword_ptr[Activations + pair * 128]);
                c.vpdpbusd(sums[2 * pair + 1], zmm8, __zmmword_ptr[Activations + (pair * 128 + 64)]);
            }

            AddHalves(c);
        }

        public override void Scales(Assembler c) => SixBitAssembly.Scales(c, Blocks, BlockBytes);
    }
}
