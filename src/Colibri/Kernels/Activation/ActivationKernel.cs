using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Activation;

/// <summary>The functions between linear layers.</summary>
public enum ActivationFunction
{
    /// <summary>x * sigmoid(x), also called swish (Elfwing et al. 2017).</summary>
    Silu,

    /// <summary>GELU in its tanh form, <c>gelu_new</c> (Hendrycks and Gimpel 2016).</summary>
    GeluTanh,

    /// <summary>GELU in its exact form, with the error function (Hendrycks and Gimpel 2016).</summary>
    Gelu,
}

/// <summary>Elementwise work on rows: activation functions, gates and sums.</summary>
internal abstract unsafe class ActivationKernel
{
    /// <summary>All variants.</summary>
    public static KernelList<ActivationKernel> List { get; } = PortableVariants.List("activation", () => new ReferenceActivation(), new Factory());

    /// <summary>y = f(x).</summary>
    /// <param name="x">Values.</param>
    /// <param name="y">Receives the result; may be x.</param>
    /// <param name="count">How many.</param>
    /// <param name="function">f.</param>
    public abstract void Activate(float* x, float* y, int count, ActivationFunction function);

    /// <summary>y = f(gate) * x (Shazeer 2020, GLU variants).</summary>
    /// <param name="gate">Values that go through f.</param>
    /// <param name="x">Values that are gated.</param>
    /// <param name="y">Receives the result; may be gate or x.</param>
    /// <param name="count">How many.</param>
    /// <param name="function">f.</param>
    public abstract void Gate(float* gate, float* x, float* y, int count, ActivationFunction function);

    /// <summary>y = a + b.</summary>
    /// <param name="a">Values.</param>
    /// <param name="b">Values.</param>
    /// <param name="y">Receives the sum; may be a or b.</param>
    /// <param name="count">How many.</param>
    public abstract void Add(float* a, float* b, float* y, int count);

    private sealed class Factory : ILaneFactory<ActivationKernel>
    {
        public ActivationKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableActivation<TLanes>();
    }
}
