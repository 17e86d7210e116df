using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Quantize;

/// <summary>Quantization of whole rows, sixteen values at a time: once over the row for its range, once for the integers.</summary>
internal sealed unsafe class PortableTokenQuantize<T> : TokenQuantizeKernel where T : unmanaged, ILanes<T>
{
    private const int Step = 16;

    public override TokenScale Row(float* values, int count, byte* q)
    {
        // Values behind the last whole step, in a room of their own: zeros change no range.
        var room = stackalloc float[Step];
        var last = stackalloc byte[Step];
        var whole = count / Step * Step;
        new Span<float>(room, Step).Clear();
        new ReadOnlySpan<float>(values + whole, count - whole).CopyTo(new Span<float>(room, Step));

        var (above, below, poison) = Range(values, whole, room);
        var (scale, factor) = Scales(above, below, poison);
        if (float.IsNaN(scale.Scale))
        {
            new Span<byte>(q, count).Clear();
            return scale;
        }

        Integers(values, whole, factor, scale.Zero, q);
        Integers(room, Step, factor, scale.Zero, last);
        new ReadOnlySpan<byte>(last, count - whole).CopyTo(new Span<byte>(q + whole, count - whole));
        return scale;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (float Above, float Below, float Poison) Range(float* values, int whole, float* room)
    {
        var x = T.Load(room);
        var above = T.Max(x, T.Zero);
        var below = T.Max(T.Zero - x, T.Zero);
        var poison = x * T.Zero;
        for (var i = 0; i < whole; i += Step)
        {
            x = T.Load(values + i);
            above = T.Larger(x, above);
            below = T.Larger(T.Zero - x, below);
            poison = T.MultiplyAdd(x, T.Zero, poison);
        }

        return (T.LargestOf(above), T.LargestOf(below), T.Sum(poison));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Integers(float* values, int count, float factor, int zero, byte* q)
    {
        var scale = T.Broadcast(factor);
        var center = T.Broadcast(zero);
        var most = T.Broadcast(255);
        var half = T.Broadcast(128);
        for (var i = 0; i < count; i += Step)
        {
            // Whole numbers below 2^24, so float32 adds them exactly; lanes store signed bytes, whose highest bit is then turned.
            var x = T.Max(T.Round(T.Load(values + i) * scale) + center, T.Zero);
            x = most - T.Max(most - x, T.Zero);
            T.StoreBytes(x - half, (sbyte*)(q + i));
            (Vector128.Load(q + i) ^ Vector128.Create((byte)0x80)).Store(q + i);
        }
    }
}
