using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What becomes of sixteen exact sums: (sum - zero * weights) * (scale * token's scale), as <see cref="ReferenceChannelMatMul"/> states it.</summary>
internal static unsafe class ChannelFinish
{
    /// <summary>Emits it for sixteen outputs of one row.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="sums">Holds 32-bit sums, becomes float32 results.</param>
    /// <param name="weights">Sums of the outputs' weights.</param>
    /// <param name="scales">Scales of the outputs.</param>
    /// <param name="tokens">Address of the first row's <see cref="TokenScale"/>.</param>
    /// <param name="row">Which row.</param>
    /// <param name="free">A register that may be changed.</param>
    /// <param name="alsoFree">Another.</param>
    public static void Emit(
        Assembler c, AssemblerRegisterZMM sums, AssemblerRegisterZMM weights, AssemblerRegisterZMM scales, AssemblerRegister64 tokens, int row, AssemblerRegisterZMM free, AssemblerRegisterZMM alsoFree)
    {
        c.vpmulld(free, weights, __dword_bcst[tokens + (row * sizeof(TokenScale) + sizeof(float))]);
        c.vpsubd(sums, sums, free);
        c.vcvtdq2ps(sums, sums);
        c.vmulps(alsoFree, scales, __dword_bcst[tokens + row * sizeof(TokenScale)]);
        c.vmulps(sums, sums, alsoFree);
    }
}
