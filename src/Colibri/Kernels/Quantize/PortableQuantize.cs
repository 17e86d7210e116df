using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Quantize;

/// <summary>Quantization of activations, sixteen at a time.</summary>
internal sealed unsafe class PortableQuantize<T> : QuantizeKernel where T : unmanaged, ILanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Row(float* values, int count, sbyte* q, float* scales, int* sums)
    {
        for (var start = 0; start < count; start += Block)
        {
            var low = T.Load(values + start);
            var high = T.Load(values + start + 16);
            var largest = T.LargestOf(T.Max(T.Abs(low), T.Abs(high)));
            var poison = T.Sum(low * T.Zero + high * T.Zero);
            var scale = largest / 127 + poison;
            scales[start / Block] = scale;
            if (float.IsNaN(scale))
            {
                // Whatever the integers are, the product is NaN; zeros keep the sums defined.
                new Span<sbyte>(q + start, Block).Clear();
                sums[start / SumGroup] = sums[start / SumGroup + 1] = 0;
                continue;
            }

            var inverse = T.Broadcast(Inverse(largest));
            low = T.Round(low * inverse);
            high = T.Round(high * inverse);
            T.StoreBytes(low, q + start);
            T.StoreBytes(high, q + start + 16);

            // Sums of at most 16 * 127 are exact in float32 in any order.
            sums[start / SumGroup] = (int)T.Sum(low);
            sums[start / SumGroup + 1] = (int)T.Sum(high);
        }
    }
}
