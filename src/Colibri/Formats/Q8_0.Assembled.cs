using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

public partial struct Q8_0
{
    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<Q8_0>.Recipe { get; } = new ByteRecipe();

    /// <inheritdoc/>
    static PanelRecipe IIntegerBlockFormat<Q8_0>.PanelRecipe { get; } = new BytePanel();

    /// <summary>Register j takes two blocks, four apart, so that adding up halves leaves the blocks in order.</summary>
    private sealed class ByteRecipe : RowRecipe
    {
        private const int BlockBytes = 34;

        public override int Values => 512;

        public override int[] Order { get; } =
        [
            .. from register in Enumerable.Range(0, 8)
               from half in Enumerable.Range(0, 2)
               from value in Enumerable.Range(0, 32)
               select Block(register, half) * 32 + value,
        ];

        public override void Constants(Assembler c)
        {
            Fill(c, zmm16, 0x80808080);
            HalfOrder(c, zmm17, BlockBytes);
        }

        public override void Sums(Assembler c)
        {
            AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7];
            for (var j = 0; j < 8; j++)
            {
                var (low, bytes) = j % 2 == 0 ? (ymm8, zmm8) : (ymm9, zmm9);
                c.vmovdqu(low, __ymmword_ptr[Blocks + (2 + Block(j, 0) * BlockBytes)]);
                c.vinserti64x4(bytes, bytes, __ymmword_ptr[Blocks + (2 + Block(j, 1) * BlockBytes)], 1);

                // Flipping the sign bit adds 128.
                c.vpxord(bytes, bytes, zmm16);
                c.vpxord(sums[j], sums[j], sums[j]);
                c.vpdpbusd(sums[j], bytes, __zmmword_ptr[Activations + j * 64]);
            }

            AddHalves(c);
        }

        public override void Scales(Assembler c) => Halves(c, zmm1, zmm17, BlockBytes);

        private static int Block(int register, int half) => register / 4 * 8 + half * 4 + register % 4;
    }

    /// <summary>A block is two pieces.</summary>
    private sealed class BytePanel : PanelRecipe
    {
        public override IReadOnlyList<int> Pieces { get; } = [2, 18];

        public override IReadOnlyList<int> Halves { get; } = [0];

        public override IReadOnlyList<uint> Numbers { get; } = [0x80808080];

        public override void Columns(PanelColumns c, int four)
        {
            for (var piece = 0; piece < 2; piece++)
            {
                // Flipping the sign bit adds 128.
                var bytes = c.Pieces[piece][four];
                c.Code.vpxord(bytes, bytes, c.Number(0));
                c.Store(bytes, four, piece);
            }
        }
    }
}
