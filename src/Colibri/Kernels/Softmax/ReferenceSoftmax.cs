using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Softmax;

/// <summary>Softmax as its equation reads, with the sums in the order of the lanes.</summary>
internal sealed unsafe class ReferenceSoftmax : SoftmaxKernel
{
    public override float Largest(float* x, int count)
    {
        var largest = float.NegativeInfinity;
        for (var i = 0; i < count; i++)
        {
            if (float.IsNaN(x[i]))
            {
                return float.NaN;
            }

            largest = Math.Max(largest, x[i]);
        }

        return largest;
    }

    public override double Exponentials(float* x, int count, float shift, float* y)
    {
        var total = 0.0;
        Span<float> chains = stackalloc float[16];
        for (var start = 0; start < count; start += Stretch)
        {
            chains.Clear();
            for (var i = start; i < Math.Min(start + Stretch, count); i++)
            {
                y[i] = LaneMath.Exp(x[i] - shift);
                chains[i % 16] += y[i];
            }

            total += LaneTree.Sum(chains);
        }

        return total;
    }
}
