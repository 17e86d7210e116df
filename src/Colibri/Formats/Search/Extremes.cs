using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Search;

/// <summary>The outermost values of a group, over lanes. Groups are finite (<see cref="Encodable"/>).</summary>
internal static class Extremes
{
    /// <summary>The largest magnitude.</summary>
    /// <param name="x">A multiple of 4 values.</param>
    internal static float Magnitude(ReadOnlySpan<float> x)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        var largest = Vector128<float>.Zero;
        for (var i = 0; i < x.Length; i += Vector128<float>.Count)
        {
            largest = Vector128.MaxNative(largest, Vector128.Abs(Vector128.LoadUnsafe(ref source, (nuint)i)));
        }

        return Largest(largest);
    }

    /// <summary>The first value of largest magnitude, with its sign; 0 where all are zero.</summary>
    /// <param name="x">A multiple of 4 values.</param>
    internal static float Signed(ReadOnlySpan<float> x)
    {
        var (least, most) = Outermost(x);
        return most > -least ? most : most < -least ? least : most == 0 ? 0 : First(x, most, least);
    }

    /// <summary>The least and the greatest value; of zeros of both signs the first one.</summary>
    /// <param name="x">A multiple of 4 values.</param>
    internal static (float Least, float Most) Range(ReadOnlySpan<float> x)
    {
        var (least, most) = Outermost(x);
        return (least == 0 ? First(x, least, least) : least, most);
    }

    private static (float Least, float Most) Outermost(ReadOnlySpan<float> x)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        var low = Vector128.LoadUnsafe(ref source);
        var high = low;
        for (var i = Vector128<float>.Count; i < x.Length; i += Vector128<float>.Count)
        {
            var v = Vector128.LoadUnsafe(ref source, (nuint)i);
            low = Vector128.MinNative(low, v);
            high = Vector128.MaxNative(high, v);
        }

        return (-Largest(-low), Largest(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector128<float> v)
    {
        v = Vector128.MaxNative(v, Vector128.Shuffle(v, Vector128.Create(2, 3, 0, 1)));
        v = Vector128.MaxNative(v, Vector128.Shuffle(v, Vector128.Create(1, 0, 3, 2)));
        return v.ToScalar();
    }

    /// <summary>The first value that equals one of two; zeros of either sign are equal.</summary>
    private static float First(ReadOnlySpan<float> x, float one, float other)
    {
        foreach (var v in x)
        {
            if (v == one || v == other)
            {
                return v;
            }
        }

        return one;
    }
}
