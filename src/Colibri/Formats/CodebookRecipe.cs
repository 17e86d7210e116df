using Colibri.Formats.Packing;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Formats;

/// <summary><see cref="NibbleRecipe"/> whose 4-bit integers are numbers of steps (<see cref="Codebook"/>).</summary>
/// <param name="blockBytes">Bytes of a block.</param>
/// <param name="integersAt">Bytes from a block to its integers.</param>
/// <param name="permutes">Whether bytes are permuted (AVX512_VBMI).</param>
internal sealed class CodebookRecipe(int blockBytes, int integersAt, bool permutes) : NibbleRecipe(blockBytes, integersAt, hasLeast: false, permutes)
{
    public override void Constants(Assembler c)
    {
        base.Constants(c);
        Table(c, zmm19);
    }

    /// <summary>Fills every quarter of a register with the steps plus their offset.</summary>
    public static void Table(Assembler c, AssemblerRegisterZMM target) => Quarters(c, target, Codebook.Unsigned());

    protected override void AddUp(Assembler c) => AddQuarters(c);

    protected override void Complete(Assembler c, int register, AssemblerRegisterZMM low, AssemblerRegisterZMM high)
    {
        c.vpshufb(low, zmm19, low);
        c.vpshufb(high, zmm19, high);
    }
}
