using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Norm;

/// <summary>Norms as their equations read.</summary>
internal sealed unsafe class ReferenceNorm : NormKernel
{
    public override void RootMeanSquare(float* x, float* weight, float epsilon, float* y, int count)
    {
        Span<float> chains = stackalloc float[16];
        chains.Clear();
        for (var i = 0; i < count; i++)
        {
            chains[i % 16] = MathF.FusedMultiplyAdd(x[i], x[i], chains[i % 16]);
        }

        var factor = 1 / MathF.Sqrt(LaneTree.Sum(chains) / count + epsilon);
        for (var i = 0; i < count; i++)
        {
            y[i] = x[i] * factor * weight[i];
        }
    }

    public override void Layer(float* x, float* weight, float* bias, float epsilon, float* y, int count)
    {
        Span<float> chains = stackalloc float[16];
        chains.Clear();
        for (var i = 0; i < count; i++)
        {
            chains[i % 16] += x[i];
        }

        var mean = LaneTree.Sum(chains) / count;
        chains.Clear();
        for (var i = 0; i < count; i++)
        {
            var distance = x[i] - mean;
            chains[i % 16] = MathF.FusedMultiplyAdd(distance, distance, chains[i % 16]);
        }

        var factor = 1 / MathF.Sqrt(LaneTree.Sum(chains) / count + epsilon);
        for (var i = 0; i < count; i++)
        {
            var scaled = (x[i] - mean) * factor;
            y[i] = bias is null ? scaled * weight[i] : MathF.FusedMultiplyAdd(scaled, weight[i], bias[i]);
        }
    }
}
