using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Activation;

/// <summary>Elementwise work, sixteen values at a time.</summary>
internal sealed unsafe class PortableActivation<T> : ActivationKernel where T : unmanaged, ILanes<T>
{
    private interface IFunction
    {
        static abstract T Apply(T x);
    }

    public override void Activate(float* x, float* y, int count, ActivationFunction function)
    {
        switch (function)
        {
            case ActivationFunction.Silu: Activate<Silu>(x, y, count, function); break;
            case ActivationFunction.GeluTanh: Activate<GeluTanh>(x, y, count, function); break;
            case ActivationFunction.Gelu: Activate<Gelu>(x, y, count, function); break;
            default: throw new ArgumentOutOfRangeException(nameof(function));
        }
    }

    public override void Gate(float* gate, float* x, float* y, int count, ActivationFunction function)
    {
        switch (function)
        {
            case ActivationFunction.Silu: Gate<Silu>(gate, x, y, count, function); break;
            case ActivationFunction.GeluTanh: Gate<GeluTanh>(gate, x, y, count, function); break;
            case ActivationFunction.Gelu: Gate<Gelu>(gate, x, y, count, function); break;
            default: throw new ArgumentOutOfRangeException(nameof(function));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Add(float* a, float* b, float* y, int count)
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            T.Store(T.Load(a + i) + T.Load(b + i), y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Activate<TFunction>(float* x, float* y, int count, ActivationFunction function) where TFunction : IFunction
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            T.Store(TFunction.Apply(T.Load(x + i)), y + i);
        }

        for (; i < count; i++)
        {
            y[i] = ReferenceActivation.Apply(x[i], function);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gate<TFunction>(float* gate, float* x, float* y, int count, ActivationFunction function) where TFunction : IFunction
    {
        var i = 0;
        for (; i + 16 <= count; i += 16)
        {
            T.Store(TFunction.Apply(T.Load(gate + i)) * T.Load(x + i), y + i);
        }

        for (; i < count; i++)
        {
            y[i] = ReferenceActivation.Apply(gate[i], function) * x[i];
        }
    }

    private readonly struct Silu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply(T x) => LaneMath.Silu(x);
    }

    private readonly struct GeluTanh : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply(T x) => LaneMath.GeluTanh(x);
    }

    private readonly struct Gelu : IFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static T Apply(T x) => LaneMath.Gelu(x);
    }
}
