using Iced.Intel;

namespace Colibri.Formats;

/// <summary>A place in memory, as recipes address it.</summary>
/// <param name="Register">Holds an address.</param>
/// <param name="Bytes">Bytes from it to the place.</param>
internal readonly record struct MemoryPlace(AssemblerRegister64 Register, int Bytes)
{
    /// <summary>What lies there, or some bytes further on.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="bytes">How far.</param>
    public AssemblerMemoryOperand At(AssemblerMemoryOperandFactory type, int bytes = 0) => type[Register + (Bytes + bytes)];
}
