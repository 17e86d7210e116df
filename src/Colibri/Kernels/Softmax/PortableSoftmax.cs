using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Softmax;

/// <summary>Softmax, sixteen values at a time.</summary>
internal sealed unsafe class PortableSoftmax<T> : SoftmaxKernel where T : unmanaged, ILanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override float Largest(float* x, int count)
    {
        var lanes = T.Broadcast(float.NegativeInfinity);
        var one = T.Broadcast(1);
        var faults = T.Zero;
        var whole = count & ~15;
        for (var i = 0; i < whole; i += 16)
        {
            var v = T.Load(x + i);
            lanes = T.Max(v, lanes);

            // Every number is below 0 or above -1; a NaN is neither.
            faults += T.SelectLess(v, T.Zero, T.Zero, one) * T.SelectLess(T.Zero - one, v, T.Zero, one);
        }

        var largest = T.LargestOf(lanes);
        var faulty = T.Sum(faults) > 0;
        for (var i = whole; i < count; i++)
        {
            largest = LaneTree.Larger(x[i], largest);
            faulty |= float.IsNaN(x[i]);
        }

        return faulty ? float.NaN : largest;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override double Exponentials(float* x, int count, float shift, float* y)
    {
        var total = 0.0;
        var edge = stackalloc float[16];
        for (var start = 0; start < count; start += Stretch)
        {
            var end = Math.Min(start + Stretch, count);
            var sum = T.Zero;
            var i = start;
            for (; i + 16 <= end; i += 16)
            {
                var e = LaneMath.Exp(T.Load(x + i) - T.Broadcast(shift));
                T.Store(e, y + i);
                sum += e;
            }

            if (i < end)
            {
                for (var j = 0; j < 16; j++)
                {
                    edge[j] = i + j < end ? y[i + j] = LaneMath.Exp(x[i + j] - shift) : 0;
                }

                sum += T.Load(edge);
            }

            total += T.Sum(sum);
        }

        return total;
    }
}
