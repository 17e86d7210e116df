using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Quantize;

/// <summary>
/// Activations to 8-bit integers, for the integer matrix products: for each 32 values scale = max |x| / 127 and
/// q = round(x * (127 / max |x|)), halves to even, so a row's result depends on that row alone. A NaN or an infinity makes the
/// block's scale NaN, which no later step can hide.
/// </summary>
internal abstract unsafe class QuantizeKernel
{
    /// <summary>Values that share a scale.</summary>
    public const int Block = 32;

    /// <summary>Values whose sum is kept.</summary>
    public const int SumGroup = 16;

    /// <summary>All variants.</summary>
    public static KernelList<QuantizeKernel> List { get; } = PortableVariants.List(
        "quantize",
        () => new ReferenceQuantize(),
        new Factory(),
        new KernelVariant<QuantizeKernel>(KernelSelection.Assembled, AssemblySupport.Avx512Needs, AssemblySupport.Avx512, () => new AssembledQuantize()));

    /// <summary>Quantizes one row.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">How many, a multiple of 32.</param>
    /// <param name="q">Receives the integers, -127..127.</param>
    /// <param name="scales">Receives a scale for each 32 values.</param>
    /// <param name="sums">Receives the sum of the integers for each 16 values.</param>
    public abstract void Row(float* values, int count, sbyte* q, float* scales, int* sums);

    /// <summary>What a block is multiplied by: 127 / largest; zero for zeros, and where it would overflow (below 3.8e-37).</summary>
    protected static float Inverse(float largest)
    {
        var inverse = 127 / largest;
        return float.IsFinite(inverse) ? inverse : 0;
    }

    private sealed class Factory : ILaneFactory<QuantizeKernel>
    {
        public QuantizeKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableQuantize<TLanes>();
    }
}
