using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>What the groups of a row of activations contribute to every output. AVX2.</summary>
internal static unsafe class GroupTerms<TBlock> where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    /// <summary>Computes both terms of some groups.</summary>
    /// <param name="sums">A sum for each 16 activations.</param>
    /// <param name="scales">A scale for each 32 activations.</param>
    /// <param name="groups">How many groups.</param>
    /// <param name="corrections">Receives what the offset of the weights' integers adds to a group's sum of products, where there is one.</param>
    /// <param name="factors">Receives what minimums are multiplied by, where there are some.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Of(int* sums, float* scales, int groups, int* corrections, float* factors)
    {
        var g = 0;
        for (; g + 8 <= groups; g += 8)
        {
            var eight = TBlock.GroupSize == QuantizeKernel.Block
                ? Avx2.Permute4x64(Avx2.HorizontalAdd(Vector256.Load(sums + 2 * g), Vector256.Load(sums + 2 * g + 8)).AsInt64(), 0b11_01_10_00).AsInt32()
                : Vector256.Load(sums + g);
            if (TBlock.Offset != 0)
            {
                (eight * Vector256.Create(TBlock.Offset)).Store(corrections + g);
            }

            if (TBlock.HasMinimums)
            {
                var scale = TBlock.GroupSize == QuantizeKernel.Block
                    ? Vector256.Load(scales + g)
                    : Avx2.PermuteVar8x32(Vector256.Create(Vector128.Load(scales + g / 2)), Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3));
                (-(scale * Vector256.ConvertToSingle(eight))).Store(factors + g);
            }
        }

        for (; g < groups; g++)
        {
            var sum = TBlock.GroupSize == QuantizeKernel.Block ? sums[2 * g] + sums[2 * g + 1] : sums[g];
            if (TBlock.Offset != 0)
            {
                corrections[g] = TBlock.Offset * sum;
            }

            if (TBlock.HasMinimums)
            {
                factors[g] = -(scales[g * TBlock.GroupSize / QuantizeKernel.Block] * sum);
            }
        }
    }
}
