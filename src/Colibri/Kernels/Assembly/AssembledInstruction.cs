using Iced.Intel;

namespace Colibri.Kernels.Assembly;

/// <summary>A line of a listing.</summary>
/// <param name="Offset">Bytes from the function's start.</param>
/// <param name="Bytes">The instruction's bytes, as hexadecimal digits.</param>
/// <param name="Text">The instruction, target first.</param>
internal sealed record AssembledInstruction(int Offset, string Bytes, string Text)
{
    /// <summary>Machine code as a decoder reads it: not what the assembler was told, but what it wrote.</summary>
    public static IEnumerable<AssembledInstruction> Decode(byte[] code)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(code));
        var formatter = new IntelFormatter();
        var output = new StringOutput();
        while (decoder.IP < (ulong)code.Length)
        {
            var instruction = decoder.Decode();
            formatter.Format(instruction, output);
            var offset = (int)instruction.IP;
            yield return new(offset, Convert.ToHexStringLower(code, offset, instruction.Length), output.ToStringAndReset());
        }
    }
}
