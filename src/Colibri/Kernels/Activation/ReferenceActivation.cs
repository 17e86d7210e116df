using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Activation;

/// <summary>Elementwise work, one value at a time.</summary>
internal sealed unsafe class ReferenceActivation : ActivationKernel
{
    public override void Activate(float* x, float* y, int count, ActivationFunction function)
    {
        for (var i = 0; i < count; i++)
        {
            y[i] = Apply(x[i], function);
        }
    }

    public override void Gate(float* gate, float* x, float* y, int count, ActivationFunction function)
    {
        for (var i = 0; i < count; i++)
        {
            y[i] = Apply(gate[i], function) * x[i];
        }
    }

    public override void Add(float* a, float* b, float* y, int count)
    {
        for (var i = 0; i < count; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    /// <summary>f(x) for one value.</summary>
    public static float Apply(float x, ActivationFunction function) => function switch
    {
        ActivationFunction.Silu => LaneMath.Silu(x),
        ActivationFunction.GeluTanh => LaneMath.GeluTanh(x),
        ActivationFunction.Gelu => LaneMath.Gelu(x),
        _ => throw new ArgumentOutOfRangeException(nameof(function)),
    };
}
