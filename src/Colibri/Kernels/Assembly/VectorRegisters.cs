using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.Assembly;

/// <summary>Vector registers by number, for generators that count.</summary>
internal static class VectorRegisters
{
    /// <summary>zmm0 to zmm31.</summary>
    public static readonly AssemblerRegisterZMM[] Zmm =
    [
        zmm0, zmm1, zmm2, zmm3, zmm4, zmm5, zmm6, zmm7, zmm8, zmm9, zmm10, zmm11, zmm12, zmm13, zmm14, zmm15,
        zmm16, zmm17, zmm18, zmm19, zmm20, zmm21, zmm22, zmm23, zmm24, zmm25, zmm26, zmm27, zmm28, zmm29, zmm30, zmm31,
    ];

    /// <summary>ymm0 to ymm15, those that AVX2 knows.</summary>
    public static readonly AssemblerRegisterYMM[] Ymm =
    [
        ymm0, ymm1, ymm2, ymm3, ymm4, ymm5, ymm6, ymm7, ymm8, ymm9, ymm10, ymm11, ymm12, ymm13, ymm14, ymm15,
    ];
}
