using System.Runtime.InteropServices;
using Colibri.Hardware;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>
/// Loops that find ceilings C# does not reach: 512-bit <c>vpdpbusd</c> and <c>vdpbf16ps</c>. Twenty-four independent chains hide
/// any latency up to twelve cycles at two instructions a cycle; nothing is read from memory.
/// </summary>
internal static unsafe class PeakLoops
{
    private const int Chains = 24;

    /// <summary>The loops that run here; empty lists where none does.</summary>
    public static MoreLoops Here => new(
        AssemblySupport.Vnni ? [new MachineLoop("vpdpbusd 512-bit (AVX512-VNNI)", Chains * 64 * 2, steps => Run(Int8, steps))] : [],
        AssemblySupport.BrainFloat ? [new MachineLoop("vdpbf16ps 512-bit (AVX512-BF16)", Chains * 32 * 2, steps => Run(BrainFloat, steps))] : []);

    /// <summary>The code of the loops that run here.</summary>
    public static IEnumerable<AssembledFunction> Functions =>
    [
        .. AssemblySupport.Vnni ? [Int8] : Array.Empty<AssembledFunction>(),
        .. AssemblySupport.BrainFloat ? [BrainFloat] : Array.Empty<AssembledFunction>(),
    ];

    // 3 times -2, summed: the kind of numbers makes no difference to integers.
    private static AssembledFunction Int8 => AssemblySupport.Function(
        "peak int8", () => Assemble(0x03030303, 0xfefefefe, (c, sum, a, b) => c.vpdpbusd(sum, a, b)));

    // 2^-10 squared, summed: neither so small that it is taken for zero nor, after any number of steps, infinite.
    private static AssembledFunction BrainFloat => AssemblySupport.Function(
        "peak bf16", () => Assemble(0x3a803a80, 0x3a803a80, (c, sum, a, b) => c.vdpbf16ps(sum, a, b)));

    private static byte[] Assemble(uint first, uint second, Action<Assembler, AssemblerRegisterZMM, AssemblerRegisterZMM, AssemblerRegisterZMM> work)
    {
        var sums = VectorRegisters.Zmm[..Chains];
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<Arguments>();
        c.mov(rcx, arguments[nameof(Arguments.Steps)]);
        c.mov(eax, first);
        c.vpbroadcastd(zmm30, eax);
        c.mov(eax, second);
        c.vpbroadcastd(zmm31, eax);
        foreach (var sum in sums)
        {
            c.vpxord(sum, sum, sum);
        }

        function.Loop(rcx, () =>
        {
            foreach (var sum in sums)
            {
                work(c, sum, zmm30, zmm31);
            }
        });
        foreach (var sum in sums[1..])
        {
            c.vpaddd(zmm0, zmm0, sum);
        }

        c.vmovd(arguments[nameof(Arguments.Kept)], xmm0);
        return function.Finish();
    }

    private static long Run(AssembledFunction function, int steps)
    {
        var arguments = new Arguments { Steps = steps };
        function.Call(&arguments);
        return arguments.Kept;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        /// <summary>Steps of one instruction per chain, at least one.</summary>
        public long Steps;

        /// <summary>Something of all sums.</summary>
        public int Kept;
    }
}
