using System.Numerics;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Search;

/// <summary>
/// What a block of values must be like to be encoded with a scale in half precision. One rule for all block formats: a block
/// that holds NaN, an infinity or a number too large for its scale is written with the scale NaN and all else zero, so that it
/// decodes to NaN throughout: damage stays visible and stays in its block.
/// </summary>
internal static class Encodable
{
    /// <summary>
    /// Above this no format's scale fits half precision (the widest reach is 65504 * 128 * 32), while below it no sum of the
    /// searches overflows.
    /// </summary>
    internal const float Largest = 1L << 40;

    /// <summary>Whether all values are finite and of a size that may fit.</summary>
    internal static bool Holds(ReadOnlySpan<float> values)
    {
        // Positive numbers compare like their bits, and infinity and NaN are above all others.
        var limit = BitConverter.SingleToUInt32Bits(Largest);
        var largest = Vector<uint>.Zero;
        ref var source = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            largest = Vector.Max(largest, Vector.LoadUnsafe(ref source, (nuint)i).As<float, uint>() & Vector.Create(0x7fffffffu));
        }

        if (Vector.GreaterThanAny(largest, Vector.Create(limit)))
        {
            return false;
        }

        for (; i < values.Length; i++)
        {
            if ((BitConverter.SingleToUInt32Bits(values[i]) & 0x7fffffff) > limit)
            {
                return false;
            }
        }

        return true;
    }
}
