using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Norm;

/// <summary>
/// Normalisation of one row. Sums run in sixteen chains (value i in chain i mod 16), then the lane tree.
/// </summary>
internal abstract unsafe class NormKernel
{
    /// <summary>All variants.</summary>
    public static KernelList<NormKernel> List { get; } = PortableVariants.List("norm", () => new ReferenceNorm(), new Factory());

    /// <summary>Root mean square norm (Zhang and Sennrich 2019, equation 4): y = x / sqrt(mean(x^2) + epsilon) * weight.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">A factor per value.</param>
    /// <param name="epsilon">Added to the mean square.</param>
    /// <param name="y">Receives the result; may be x.</param>
    /// <param name="count">Values in the row.</param>
    public abstract void RootMeanSquare(float* x, float* weight, float epsilon, float* y, int count);

    /// <summary>Layer norm (Ba et al. 2016): y = (x - mean) / sqrt(variance + epsilon) * weight + bias.</summary>
    /// <param name="x">The row.</param>
    /// <param name="weight">A factor per value.</param>
    /// <param name="bias">A term per value, or null.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="y">Receives the result; may be x.</param>
    /// <param name="count">Values in the row.</param>
    public abstract void Layer(float* x, float* weight, float* bias, float epsilon, float* y, int count);

    private sealed class Factory : ILaneFactory<NormKernel>
    {
        public NormKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableNorm<TLanes>();
    }
}
