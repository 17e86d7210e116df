using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary>
/// Sixteen bytes of 4-bit integers: values 0 to 15 in the low and 16 to 31 in the high halves. What else a format makes of the
/// integers it adds in <see cref="Complete"/>.
/// </summary>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="halves">See <see cref="PanelRecipe.Halves"/>.</param>
internal class NibblePanel(int integersAt, params int[] halves) : PanelRecipe
{
    /// <summary>Low halves of bytes.</summary>
    protected const uint LowHalves = 0x0f0f0f0f;

    /// <inheritdoc/>
    public override IReadOnlyList<int> Pieces { get; } = [integersAt];

    /// <inheritdoc/>
    public override IReadOnlyList<int> Halves => halves;

    /// <summary>The numbers, the first of which is <see cref="LowHalves"/>.</summary>
    public override IReadOnlyList<uint> Numbers { get; } = [LowHalves];

    /// <inheritdoc/>
    public override void Columns(PanelColumns c, int four)
    {
        var (low, high) = (c.Free[0], c.Pieces[0][four]);
        c.Code.vpandd(low, high, c.Number(0));
        c.Code.vpsrlw(high, high, 4);
        c.Code.vpandd(high, high, c.Number(0));
        Complete(c, four, low, high);
        c.Store(low, four, 0);
        c.Store(high, four, 1);
    }

    /// <summary>Makes the format's unsigned integers of 4-bit ones; may use the free registers from the second on.</summary>
    /// <param name="c">Where instructions go, and what they may use.</param>
    /// <param name="four">Which four bytes.</param>
    /// <param name="low">The low halves.</param>
    /// <param name="high">The high halves.</param>
    protected virtual void Complete(PanelColumns c, int four, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
    }
}

/// <summary>As <see cref="NibblePanel"/>, the integers being numbers of steps (<see cref="Codebook"/>).</summary>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="halves">See <see cref="PanelRecipe.Halves"/>.</param>
internal sealed class CodebookPanel(int integersAt, params int[] halves) : NibblePanel(integersAt, halves)
{
    /// <inheritdoc/>
    public override IReadOnlyList<uint> Numbers { get; } = [LowHalves, 0, 0, 0, .. MemoryMarshal.Cast<byte, uint>(Codebook.Unsigned())];

    /// <inheritdoc/>
    public override void Begin(PanelColumns c) => c.LoadFour(c.Free[1], 4);

    /// <inheritdoc/>
    protected override void Complete(PanelColumns c, int four, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
        c.Code.vpshufb(low, c.Free[1], low);
        c.Code.vpshufb(high, c.Free[1], high);
    }
}

/// <summary>As <see cref="NibblePanel"/>, with a fifth bit for each value in four bytes before the integers.</summary>
/// <param name="bitsAt">Bytes from a block to its fifth bits; its integers follow them.</param>
/// <param name="halves">See <see cref="PanelRecipe.Halves"/>.</param>
internal sealed class FifthBitPanel(int bitsAt, params int[] halves) : NibblePanel(bitsAt + sizeof(uint), halves)
{
    /// <inheritdoc/>
    public override IReadOnlyList<int> Pieces { get; } = [bitsAt + sizeof(uint), bitsAt];

    /// <summary>Behind the low halves: a bit for each byte of a lane, what stands for a bit, the lowest byte of each lane four times over.</summary>
    public override IReadOnlyList<uint> Numbers { get; } = [LowHalves, 0x08040201, 0x10101010, 0, 0x00000000, 0x04040404, 0x08080808, 0x0c0c0c0c];

    /// <inheritdoc/>
    public override void Begin(PanelColumns c)
    {
        c.Load(c.Free[1], 1);
        c.Load(c.Free[2], 2);
        c.LoadFour(c.Free[3], 4);
    }

    /// <inheritdoc/>
    protected override void Complete(PanelColumns c, int four, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
        Add(c, low, 4 * four);
        Add(c, high, Values / 2 + 4 * four);
    }

    // The first four bytes of the second piece are all bits of a row.
    private static void Add(PanelColumns c, AssemblerRegisterZMM integers, int first)
    {
        var bits = c.Free[4];
        c.Code.vpsrld(bits, c.Pieces[1][0], (byte)first);
        c.Code.vpshufb(bits, bits, c.Free[3]);
        c.Code.vptestmb(k3, bits, c.Free[1]);
        c.Code.vpaddb(integers.k3, integers, c.Free[2]);
    }
}
