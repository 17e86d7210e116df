using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct IQ4_XS
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<IQ4_XS>.Recipe { get; } = new StepRecipe();

    /// <summary>Two blocks of eight groups. Register j takes groups 4 j to 4 j + 3, a quarter each: 64 bytes as they lie.</summary>
    private sealed class StepRecipe : RowRecipe
    {
        private const int BlockBytes = 136;

        public override int Values => 512;

        public override int[] Order { get; } =
        [
            .. from register in Enumerable.Range(0, 4)
               from half in Enumerable.Range(0, 2)
               from quarter in Enumerable.Range(0, 4)
               from value in Enumerable.Range(0, 16)
               select (4 * register + quarter) * 32 + 16 * half + value,
        ];

        public override void Constants(Assembler c)
        {
            Fill(c, zmm16, 0x0f0f0f0f);
            CodebookRecipe.Table(c, zmm17);

            // Adding up quarters leaves group 4 j + q in lane 4 q + j.
            Lanes(c, zmm18, [.. Enumerable.Range(0, 16).Select(g => (byte)(g % 4 * 4 + g / 4))]);

            // Scales: 4 bits of a group at bit 4 g of four bytes, the upper two at bit 16 + 2 g of the first four.
            Lanes(c, zmm19, [.. Enumerable.Range(0, 16).Select(g => (byte)(g % 8 * 4))]);
            Lanes(c, zmm20, [.. Enumerable.Range(0, 16).Select(g => (byte)(12 + g % 8 * 2))]);
            Fill(c, zmm21, 0x0f);
            Fill(c, zmm22, 0x30);
            Fill(c, zmm23, 32);
        }

        public override void Sums(Assembler c)
        {
            AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
            for (var j = 0; j < 4; j++)
            {
                var (low, high) = j % 2 == 0 ? (zmm6, zmm7) : (zmm8, zmm9);
                c.vmovdqu32(high, __zmmword_ptr[Blocks + (j / 2 * BlockBytes + 8 + j % 2 * 64)]);
                c.vpandd(low, high, zmm16);
                c.vpsrlw(high, high, 4);
                c.vpandd(high, high, zmm16);
                c.vpshufb(low, zmm17, low);
                c.vpshufb(high, zmm17, high);
                c.vpxord(sums[j], sums[j], sums[j]);
                c.vpdpbusd(sums[j], low, __zmmword_ptr[Activations + j * 128]);
                c.vpdpbusd(sums[j], high, __zmmword_ptr[Activations + (j * 128 + 64)]);
            }

            AddQuarters(c);
            c.vpermd(zmm0, zmm18, zmm0);
        }

        public override void Scales(Assembler c)
        {
            c.vpbroadcastd(ymm8, __dword_ptr[Blocks + 4]);
            c.vpbroadcastd(ymm9, __dword_ptr[Blocks + (BlockBytes + 4)]);
            c.vinserti64x4(zmm8, zmm8, ymm9, 1);
            c.vpbroadcastd(ymm10, __dword_ptr[Blocks]);
            c.vpbroadcastd(ymm11, __dword_ptr[Blocks + BlockBytes]);
            c.vinserti64x4(zmm10, zmm10, ymm11, 1);
            c.vpsrlvd(zmm8, zmm8, zmm19);
            c.vpandd(zmm8, zmm8, zmm21);
            c.vpsrlvd(zmm10, zmm10, zmm20);
            c.vpternlogd(zmm8, zmm10, zmm22, FirstOrBothOthers);
            c.vpsubd(zmm8, zmm8, zmm23);
            c.vcvtdq2ps(zmm1, zmm8);
            TwoHalves(c, 0, BlockBytes);
            c.vmulps(zmm1, zmm1, zmm14);
        }
    }
}
