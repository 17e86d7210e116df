using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Rows that lie equally far apart in memory. An address may hold a register once or twice, so every third row needs one of its own.
/// </summary>
/// <param name="Bases">Hold the addresses of rows 0, 3, 6, ...</param>
/// <param name="Stride">Holds the bytes from one row to the next.</param>
internal sealed record RowAddresses(AssemblerRegister64[] Bases, AssemblerRegister64 Stride)
{
    /// <summary>Holds the address of row 0.</summary>
    public AssemblerRegister64 First => Bases[0];

    /// <summary>A place in a row.</summary>
    /// <param name="type">What lies there.</param>
    /// <param name="row">Which row.</param>
    /// <param name="offset">Bytes from the row's address.</param>
    public AssemblerMemoryOperand At(AssemblerMemoryOperandFactory type, int row, int offset) => (row % 3) switch
    {
        0 => type[Bases[row / 3] + offset],
        1 => type[Bases[row / 3] + Stride + offset],
        _ => type[Bases[row / 3] + Stride * 2 + offset],
    };

    /// <summary>Emits the address of row 3.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="first">Holds the address of row 0: <see cref="First"/> or where that came from.</param>
    public void ReachFourth(Assembler c, AssemblerRegister64 first)
    {
        c.lea(Bases[1], __[Stride + Stride * 2]);
        c.add(Bases[1], first);
    }

    /// <summary>Emits the way to the next columns.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rows">Rows that are used.</param>
    /// <param name="bytes">How far.</param>
    public void Advance(Assembler c, int rows, int bytes)
    {
        foreach (var address in Bases[..((rows + 2) / 3)])
        {
            c.add(address, bytes);
        }
    }
}
