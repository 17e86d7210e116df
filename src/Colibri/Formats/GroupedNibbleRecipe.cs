using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// INT4_G32, INT4_G64 and INT4_G128: sixteen groups of 32 values are four registers of integers. Register j of the latter takes one
/// block, whose four runs are its quarters; of the others two or four blocks that lie one after the other. Sums of quarters then
/// lie four apart and are brought in order at the end. Zero points are subtracted from the integers, a byte per block.
/// </summary>
/// <param name="values">Values of a block: 32, 64 or 128.</param>
internal sealed class GroupedNibbleRecipe(int values) : RowRecipe
{
    /// <summary>What <c>vpternlogd</c> is told for (first &amp; second) | third.</summary>
    private const byte BothOrThird = 0xEA;

    // The first three masks are of bytes, the others of lanes.
    private static readonly AssemblerRegisterK[] Masks = [k0, k1, k2, k3, k4, k5, k6];

    public override int Values => 512;

    public override int[] Order { get; } =
    [
        .. from register in Enumerable.Range(0, 4)
           from half in Enumerable.Range(0, 2)
           from quarter in Enumerable.Range(0, 4)
           from value in Enumerable.Range(0, 16)
           select (4 * register + quarter) * GroupedNibbles.Run + 16 * half + value,
    ];

    private int BlockBytes => GroupedNibbles.BlockBytes(values);

    private int RunsPerBlock => values / GroupedNibbles.Run;

    private int BlocksPerRegister => 4 / RunsPerBlock;

    public override void Constants(Assembler c)
    {
        Fill(c, zmm16, 0x0f0f0f0f);
        Fill(c, zmm17, 0x10101010);

        // Lane 4 q + j holds group 4 j + q.
        Lanes(c, zmm18, [.. Enumerable.Range(0, 16).Select(lane => (byte)(lane % 4 * 4 + lane / 4))]);
        for (var block = 1; block < BlocksPerRegister; block++)
        {
            // The bytes from this block on.
            c.mov(rax, ulong.MaxValue << (block * 16 * RunsPerBlock));
            c.kmovq(Masks[block], rax);
        }

        for (var block = 1; block < 4; block++)
        {
            c.mov(eax, (0xffff << (block * RunsPerBlock)) & 0xffff);
            c.kmovw(Masks[3 + block], eax);
        }
    }

    public override void Sums(Assembler c)
    {
        AssemblerRegisterZMM[] sums = [zmm0, zmm1, zmm2, zmm3];
        for (var j = 0; j < 4; j++)
        {
            Load(c, j);

            // Low and high halves, sixteen added, zero points subtracted.
            c.vpsrlw(zmm8, zmm6, 4);
            c.vpternlogd(zmm6, zmm16, zmm17, BothOrThird);
            c.vpternlogd(zmm8, zmm16, zmm17, BothOrThird);
            c.vpsubb(zmm6, zmm6, zmm7);
            c.vpsubb(zmm8, zmm8, zmm7);
            c.vpxord(sums[j], sums[j], sums[j]);
            c.vpdpbusd(sums[j], zmm6, __zmmword_ptr[Activations + j * 128]);
            c.vpdpbusd(sums[j], zmm8, __zmmword_ptr[Activations + (j * 128 + 64)]);
        }

        AddQuarters(c);
        c.vpermd(zmm0, zmm18, zmm0);
    }

    public override void Scales(Assembler c)
    {
        // Four blocks at a time: the first one's scale to all lanes, the others' to the lanes from their first group on.
        AssemblerRegisterZMM[] parts = [zmm1, zmm13, zmm14, zmm15];
        for (var block = 0; block < 16 / RunsPerBlock; block++)
        {
            var part = parts[block / 4];
            c.vbroadcastss(block % 4 == 0 ? part : Masked(part, 3 + block % 4), __dword_ptr[Blocks + block * BlockBytes]);
        }

        switch (RunsPerBlock)
        {
            case 2:
                c.vinsertf64x4(zmm1, zmm1, ymm13, 1);
                break;
            case 1:
                c.vinsertf32x4(zmm1, zmm1, xmm13, 1);
                c.vinsertf32x4(zmm1, zmm1, xmm14, 2);
                c.vinsertf32x4(zmm1, zmm1, xmm15, 3);
                break;
        }
    }

    // Register j's integers to zmm6, their zero points to zmm7.
    private void Load(Assembler c, int j)
    {
        for (var block = 0; block < BlocksPerRegister; block++)
        {
            var start = (j * BlocksPerRegister + block) * BlockBytes;
            var zero = __byte_ptr[Blocks + (start + GroupedNibbles.ZeroAt)];
            var integers = Blocks + (start + GroupedNibbles.IntegersAt);
            switch (block, RunsPerBlock)
            {
                case (0, 4):
                    c.vmovdqu32(zmm6, __zmmword_ptr[integers]);
                    break;
                case (0, 2):
                    c.vmovdqu(ymm6, __ymmword_ptr[integers]);
                    break;
                case (0, _):
                    c.vmovdqu(xmm6, __xmmword_ptr[integers]);
                    break;
                case (_, 2):
                    c.vinserti64x4(zmm6, zmm6, __ymmword_ptr[integers], 1);
                    break;
                default:
                    c.vinserti32x4(zmm6, zmm6, __xmmword_ptr[integers], (byte)block);
                    break;
            }

            if (block == 0)
            {
                c.vpbroadcastb(zmm7, zero);
            }
            else
            {
                c.vpbroadcastb(Masked(zmm7, block), zero);
            }
        }
    }

    private static AssemblerRegisterZMM Masked(AssemblerRegisterZMM register, int mask) => mask switch
    {
        1 => register.k1,
        2 => register.k2,
        3 => register.k3,
        4 => register.k4,
        5 => register.k5,
        _ => register.k6,
    };
}
