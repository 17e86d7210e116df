namespace Colibri.Kernels.Rotary;

/// <summary>Rotary embedding, pair by pair.</summary>
internal sealed unsafe class ReferenceRotary : RotaryKernel
{
    public override void Rotate(float* x, int heads, int headSize, int rotated, float* cosines, float* sines, RotaryPairs pairs)
    {
        var half = rotated / 2;
        for (var head = 0; head < heads; head++, x += headSize)
        {
            for (var i = 0; i < half; i++)
            {
                var a = pairs == RotaryPairs.Neighbours ? 2 * i : i;
                var b = pairs == RotaryPairs.Neighbours ? 2 * i + 1 : i + half;
                var (xa, xb) = (x[a], x[b]);
                x[a] = MathF.FusedMultiplyAdd(xa, cosines[a], xb * sines[a]);
                x[b] = MathF.FusedMultiplyAdd(xb, cosines[b], xa * sines[b]);
            }
        }
    }
}
