using System.Numerics;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Search;

/// <summary>The outermost values of a group, over lanes. Groups are finite (<see cref="Encodable"/>).</summary>
internal static class Extremes
{
    /// <summary>The largest magnitude.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    internal static float Magnitude(ReadOnlySpan<float> x)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        var largest = Vector<int>.Zero;
        for (var i = 0; i < x.Length; i += Vector<float>.Count)
        {
            // Magnitudes compare like their bits.
            largest = Vector.Max(largest, Vector.Abs(Vector.LoadUnsafe(ref source, (nuint)i)).As<float, int>());
        }

        var result = 0;
        for (var lane = 0; lane < Vector<int>.Count; lane++)
        {
            result = Math.Max(result, largest[lane]);
        }

        return BitConverter.Int32BitsToSingle(result);
    }

    /// <summary>The first value of largest magnitude, with its sign; 0 where all are zero.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    internal static float Signed(ReadOnlySpan<float> x)
    {
        var magnitude = Magnitude(x);
        foreach (var v in x)
        {
            if (MathF.Abs(v) == magnitude)
            {
                return magnitude == 0 ? 0 : v;
            }
        }

        return magnitude;
    }

    /// <summary>The least and the greatest value; of zeros of both signs the first one.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    internal static (float Least, float Most) Range(ReadOnlySpan<float> x)
    {
        ref var source = ref MemoryMarshal.GetReference(x);
        var low = Vector.LoadUnsafe(ref source);
        var high = low;
        for (var i = Vector<float>.Count; i < x.Length; i += Vector<float>.Count)
        {
            var v = Vector.LoadUnsafe(ref source, (nuint)i);
            low = Vector.ConditionalSelect(Vector.LessThan(v, low), v, low);
            high = Vector.ConditionalSelect(Vector.GreaterThan(v, high), v, high);
        }

        var (least, most) = (low[0], high[0]);
        for (var lane = 1; lane < Vector<float>.Count; lane++)
        {
            least = low[lane] < least ? low[lane] : least;
            most = high[lane] > most ? high[lane] : most;
        }

        if (least == 0)
        {
            foreach (var v in x)
            {
                if (v == 0)
                {
                    return (v, most);
                }
            }
        }

        return (least, most);
    }
}
