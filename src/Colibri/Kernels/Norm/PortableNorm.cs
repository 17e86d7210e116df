using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Norm;

/// <summary>Norms, sixteen values at a time; what is left over goes through a zero-filled copy on the stack.</summary>
internal sealed unsafe class PortableNorm<T> : NormKernel where T : unmanaged, ILanes<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void RootMeanSquare(float* x, float* weight, float epsilon, float* y, int count)
    {
        var whole = count & ~15;
        var tail = stackalloc float[16];
        var sum = T.Zero;
        for (var i = 0; i < whole; i += 16)
        {
            var v = T.Load(x + i);
            sum = T.MultiplyAdd(v, v, sum);
        }

        if (whole < count)
        {
            var v = LoadTail(x + whole, count - whole, tail);
            sum = T.MultiplyAdd(v, v, sum);
        }

        var factor = 1 / MathF.Sqrt(T.Sum(sum) / count + epsilon);
        for (var i = 0; i < whole; i += 16)
        {
            T.Store(T.Load(x + i) * T.Broadcast(factor) * T.Load(weight + i), y + i);
        }

        for (var i = whole; i < count; i++)
        {
            y[i] = x[i] * factor * weight[i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Layer(float* x, float* weight, float* bias, float epsilon, float* y, int count)
    {
        var whole = count & ~15;
        var tail = stackalloc float[16];
        var sum = T.Zero;
        for (var i = 0; i < whole; i += 16)
        {
            sum += T.Load(x + i);
        }

        if (whole < count)
        {
            sum += LoadTail(x + whole, count - whole, tail);
        }

        var mean = T.Sum(sum) / count;
        var means = T.Broadcast(mean);
        var squares = T.Zero;
        for (var i = 0; i < whole; i += 16)
        {
            var distance = T.Load(x + i) - means;
            squares = T.MultiplyAdd(distance, distance, squares);
        }

        if (whole < count)
        {
            for (var i = 0; i < 16; i++)
            {
                tail[i] = whole + i < count ? x[whole + i] - mean : 0;
            }

            var distance = T.Load(tail);
            squares = T.MultiplyAdd(distance, distance, squares);
        }

        var factor = 1 / MathF.Sqrt(T.Sum(squares) / count + epsilon);
        for (var i = 0; i < whole; i += 16)
        {
            var scaled = (T.Load(x + i) - means) * T.Broadcast(factor);
            T.Store(bias is null ? scaled * T.Load(weight + i) : T.MultiplyAdd(scaled, T.Load(weight + i), T.Load(bias + i)), y + i);
        }

        for (var i = whole; i < count; i++)
        {
            var scaled = (x[i] - mean) * factor;
            y[i] = bias is null ? scaled * weight[i] : MathF.FusedMultiplyAdd(scaled, weight[i], bias[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T LoadTail(float* source, int count, float* tail)
    {
        for (var i = 0; i < 16; i++)
        {
            tail[i] = i < count ? source[i] : 0;
        }

        return T.Load(tail);
    }
}
