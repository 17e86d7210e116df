using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;

namespace Colibri.Kernels.MatMul;

/// <summary>The chains of a panel's sixteen outputs, for one row of activations. AVX2 and FMA.</summary>
internal readonly unsafe struct PanelChains<TBlock>(Vector256<float> low, Vector256<float> high) where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    /// <summary>The first eight.</summary>
    public readonly Vector256<float> Low = low;

    /// <summary>The last eight.</summary>
    public readonly Vector256<float> High = high;

    /// <summary>Reads sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PanelChains<TBlock> Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    /// <summary>The chains, a group further.</summary>
    /// <param name="low">Exact sums of the first eight outputs.</param>
    /// <param name="high">Those of the last eight.</param>
    /// <param name="correction">What the offset of the weights' integers has added; not read where they have none.</param>
    /// <param name="scales">Scales of the weights.</param>
    /// <param name="activationScale">The scale of the activations.</param>
    /// <param name="minimums">Minimums of the weights where the format has them.</param>
    /// <param name="factor">What minimums are multiplied by.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PanelChains<TBlock> Add(
        Vector256<int> low, Vector256<int> high, int* correction, PanelChains<TBlock> scales, float* activationScale, PanelChains<TBlock> minimums, float* factor)
    {
        if (TBlock.Offset != 0 && correction is not null)
        {
            var less = Avx2.BroadcastScalarToVector256(correction);
            (low, high) = (low - less, high - less);
        }

        var scale = Avx.BroadcastScalarToVector256(activationScale);
        var result = new PanelChains<TBlock>(
            Fma.MultiplyAdd(Vector256.ConvertToSingle(low), scales.Low * scale, Low), Fma.MultiplyAdd(Vector256.ConvertToSingle(high), scales.High * scale, High));
        if (!TBlock.HasMinimums)
        {
            return result;
        }

        var f = Avx.BroadcastScalarToVector256(factor);
        return new(Fma.MultiplyAdd(minimums.Low, f, result.Low), Fma.MultiplyAdd(minimums.High, f, result.High));
    }

    /// <summary>Writes sixteen values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(float* target)
    {
        Low.Store(target);
        High.Store(target + 8);
    }
}
