namespace Colibri.Kernels.Quantize;

/// <summary>Quantization of whole rows as the definition reads.</summary>
internal sealed unsafe class ReferenceTokenQuantize : TokenQuantizeKernel
{
    public override TokenScale Row(float* values, int count, byte* q)
    {
        float above = 0, below = 0, poison = 0;
        for (var i = 0; i < count; i++)
        {
            above = values[i] > above ? values[i] : above;
            below = -values[i] > below ? -values[i] : below;
            poison += values[i] * 0;
        }

        var (scale, factor) = Scales(above, below, poison);
        for (var i = 0; i < count; i++)
        {
            q[i] = float.IsNaN(scale.Scale) ? (byte)0 : (byte)Math.Clamp(MathF.Round(values[i] * factor) + scale.Zero, 0, 255);
        }

        return scale;
    }
}
