using Iced.Intel;

namespace Colibri.Formats;

/// <summary>
/// How blocks of 32 values of sixteen rows are unpacked side by side (<see cref="IIntegerBlockFormat{TSelf}.UnpackPanel"/>), as
/// instructions for AVX-512: what a format adds so that weights are unpacked while others are multiplied.
/// </summary>
internal abstract class PanelRecipe
{
    /// <summary>Values of a block.</summary>
    public const int Values = 32;

    /// <summary>Bytes from a block to each piece of sixteen bytes that its integers are made of, one or two.</summary>
    public abstract IReadOnlyList<int> Pieces { get; }

    /// <summary>Bytes from a block to the half that is its scale, and perhaps to the one whose negative is its minimum.</summary>
    public abstract IReadOnlyList<int> Halves { get; }

    /// <summary>Up to eight numbers that instructions may use.</summary>
    public abstract IReadOnlyList<uint> Numbers { get; }

    /// <summary>Does what comes before the columns.</summary>
    /// <param name="c">Where instructions go, and what they may use.</param>
    public virtual void Begin(PanelColumns c)
    {
    }

    /// <summary>Makes unsigned integers of bytes 4 i to 4 i + 3 of every piece, and stores them.</summary>
    /// <param name="c">Where instructions go, and what they may use.</param>
    /// <param name="four">Which four bytes, i; their registers may be changed.</param>
    public abstract void Columns(PanelColumns c, int four);
}

/// <summary>What the instructions for a block may use.</summary>
/// <param name="Code">Where they go.</param>
/// <param name="Pieces">By piece, four registers of four bytes each, a row in each lane.</param>
/// <param name="Free">May be changed: five registers beside two pieces, nine beside one.</param>
/// <param name="Numbers">Where the numbers are.</param>
/// <param name="Target">Where the columns go.</param>
internal sealed record PanelColumns(Assembler Code, AssemblerRegisterZMM[][] Pieces, AssemblerRegisterZMM[] Free, MemoryPlace Numbers, MemoryPlace Target)
{
    /// <summary>A number in every lane.</summary>
    public AssemblerMemoryOperand Number(int index) => Numbers.At(AssemblerRegisters.__dword_bcst, index * sizeof(uint));

    /// <summary>Emits: a number in every lane of a register.</summary>
    public void Load(AssemblerRegisterZMM register, int index) => Code.vpbroadcastd(register, Numbers.At(AssemblerRegisters.__dword_ptr, index * sizeof(uint)));

    /// <summary>Emits: four numbers in every quarter of a register.</summary>
    public void LoadFour(AssemblerRegisterZMM register, int first) => Code.vbroadcasti32x4(register, Numbers.At(AssemblerRegisters.__xmmword_ptr, first * sizeof(uint)));

    /// <summary>Emits the store of four columns.</summary>
    /// <param name="columns">The columns.</param>
    /// <param name="four">Which four of sixteen.</param>
    /// <param name="half">Which sixteen of the block.</param>
    public void Store(AssemblerRegisterZMM columns, int four, int half) =>
        Code.vmovdqu32(Target.At(AssemblerRegisters.__zmmword_ptr, half * PanelRecipe.Values / 2 * Panels.Rows + four * 64), columns);
}
