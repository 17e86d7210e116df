using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Rotary;

/// <summary>Rotary embedding, sixteen values at a time; head sizes that do not fill lanes go pair by pair.</summary>
internal sealed unsafe class PortableRotary<T> : RotaryKernel where T : unmanaged, ILanes<T>
{
    private readonly ReferenceRotary _pairByPair = new();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Rotate(float* x, int heads, int headSize, int rotated, float* cosines, float* sines, RotaryPairs pairs)
    {
        if (pairs == RotaryPairs.Neighbours && rotated % 16 == 0)
        {
            for (var head = 0; head < heads; head++, x += headSize)
            {
                for (var i = 0; i < rotated; i += 16)
                {
                    var v = T.Load(x + i);
                    T.Store(T.MultiplyAdd(v, T.Load(cosines + i), T.SwapPairs(v) * T.Load(sines + i)), x + i);
                }
            }
        }
        else if (pairs == RotaryPairs.Halves && rotated % 32 == 0)
        {
            var half = rotated / 2;
            for (var head = 0; head < heads; head++, x += headSize)
            {
                for (var i = 0; i < half; i += 16)
                {
                    var a = T.Load(x + i);
                    var b = T.Load(x + half + i);
                    T.Store(T.MultiplyAdd(a, T.Load(cosines + i), b * T.Load(sines + i)), x + i);
                    T.Store(T.MultiplyAdd(b, T.Load(cosines + half + i), a * T.Load(sines + half + i)), x + half + i);
                }
            }
        }
        else
        {
            _pairByPair.Rotate(x, heads, headSize, rotated, cosines, sines, pairs);
        }
    }
}
