using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Quantize;

/// <summary>How a whole row of activations was quantized: x is about scale * (q - zero).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TokenScale
{
    /// <summary>The distance between neighbouring integers; NaN where the row cannot be represented.</summary>
    public float Scale;

    /// <summary>The integer that stands for zero, 0..255.</summary>
    public int Zero;
}

/// <summary>
/// Activations to unsigned 8-bit integers with one scale and zero point for the whole row (a token), for weights with a scale per
/// output: with above = max(0, x) and below = max(0, -x) over the row and range = above + below,
/// scale = range / 255, f = 255 / range, zero = round(below * f), q = min(255, max(0, round(x * f) + zero)), halves to even.
/// </summary>
/// <remarks>
/// The dynamic per-token quantization of compressed-tensors (asymmetric, eight bits), but that values are multiplied by 255 / range
/// instead of divided by the scale. A row of zeros has scale and zero point zero; where 255 / range would overflow (ranges below
/// 7.5e-37) it counts as zero and all integers are zero. A NaN, an infinity or a range beyond float32 makes the scale NaN,
/// which no later step can hide; the integers are zeros then.
/// </remarks>
internal abstract unsafe class TokenQuantizeKernel
{
    /// <summary>All variants.</summary>
    public static KernelList<TokenQuantizeKernel> List { get; } =
        PortableVariants.List(
            "quantize tokens",
            () => new ReferenceTokenQuantize(),
            new Factory(),
            new KernelVariant<TokenQuantizeKernel>(KernelSelection.Assembled, AssemblySupport.Avx512Needs, AssemblySupport.Avx512, () => new AssembledTokenQuantize()));

    /// <summary>Quantizes one row.</summary>
    /// <param name="values">The values.</param>
    /// <param name="count">How many, any number from one up.</param>
    /// <param name="q">Receives as many integers.</param>
    public abstract TokenScale Row(float* values, int count, byte* q);

    /// <summary>The scale and zero point of a row, and what its values are multiplied by.</summary>
    /// <param name="above">The largest value, or zero where all are negative.</param>
    /// <param name="below">The magnitude of the least value, or zero where all are positive.</param>
    /// <param name="poison">Zero, or NaN where the row holds a NaN or an infinity.</param>
    protected static (TokenScale Scale, float Factor) Scales(float above, float below, float poison)
    {
        var range = above + below;
        if (!float.IsFinite(range + poison))
        {
            return (new TokenScale { Scale = float.NaN }, 0);
        }

        var factor = 255 / range;
        factor = float.IsFinite(factor) ? factor : 0;
        return (new TokenScale { Scale = range > 0 ? range / 255 : 0, Zero = (int)MathF.Round(below * factor) }, factor);
    }

    private sealed class Factory : ILaneFactory<TokenQuantizeKernel>
    {
        public TokenQuantizeKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableTokenQuantize<TLanes>();
    }
}
