using Colibri.Hardware;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// Loops that find the machine's ceilings with instructions for which .NET has no methods. Where assembled kernels compute,
/// a ceiling of narrower instructions would be one that they exceed.
/// </summary>
internal static unsafe class PeakLoops
{
    // Enough chains to hide the latency of two units, in registers the operands leave free.
    private const int Chains = 24;

    /// <summary>int8 dot loops that run here beside those of C#; none where no code can be assembled.</summary>
    public static IReadOnlyList<MachineLoop> Int8 =>
        AssemblySupport.Vnni ? [new MachineLoop("vpdpbusd 512-bit (AVX-512 VNNI)", Chains * 64 * 2, Run)] : [];

    private static long Run(int steps)
    {
        var count = (long)steps;
        AssemblySupport.Function("peak-int8-vnni-512", Assemble).Call(&count);
        return count;
    }

    // The argument points to the number of steps, at least one.
    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var code = function.Code;
        code.mov(rax, __qword_ptr[FunctionAssembler.Arguments]);
        var all = new AssemblerRegisterZMM[32];
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = new AssemblerRegisterZMM(Register.ZMM0 + i);
            code.vpternlogd(all[i], all[i], all[i], 255);
        }

        function.Loop(rax, () =>
        {
            for (var i = 0; i < Chains; i++)
            {
                code.vpdpbusd(all[i], all[Chains + i % 4], all[Chains + 4 + i % 4]);
            }
        });
        return function.Finish();
    }
}
