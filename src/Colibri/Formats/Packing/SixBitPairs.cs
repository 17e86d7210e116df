using System.Runtime.CompilerServices;

namespace Colibri.Formats.Packing;

/// <summary>
/// Eight 6-bit scales and eight 6-bit minimums in 12 bytes, as Q4_K and Q5_K hold them. The first four of each lie in the low
/// six bits of bytes 0-3 and 4-7; of the last four, bytes 8-11 hold the low halves (scale low, minimum high) and the top bits of
/// bytes 0-7 the upper two bits.
/// </summary>
internal static class SixBitPairs
{
    /// <summary>Reads the eight pairs and multiplies them out; the products of 11 and 6 bits are exact.</summary>
    /// <param name="packed">12 bytes.</param>
    /// <param name="scale">What scales are multiplied by.</param>
    /// <param name="minimum">What minimums are multiplied by.</param>
    /// <param name="scales">Receives 8 scales.</param>
    /// <param name="minimums">Receives 8 minimums.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Split(ReadOnlySpan<byte> packed, Half scale, Half minimum, Span<float> scales, Span<float> minimums)
    {
        var (d, m) = ((float)scale, (float)minimum);
        for (var j = 0; j < 4; j++)
        {
            int first = packed[j], second = packed[j + 4], late = packed[j + 8];
            scales[j] = d * (first & 63);
            minimums[j] = m * (second & 63);
            scales[j + 4] = d * (late & 15 | first >> 6 << 4);
            minimums[j + 4] = m * (late >> 4 | second >> 6 << 4);
        }
    }

    /// <summary>Writes the eight pairs.</summary>
    /// <param name="scales">8 integers, 0..63.</param>
    /// <param name="minimums">8 integers, 0..63.</param>
    /// <param name="packed">Receives 12 bytes.</param>
    internal static void Join(ReadOnlySpan<byte> scales, ReadOnlySpan<byte> minimums, Span<byte> packed)
    {
        for (var j = 0; j < 4; j++)
        {
            packed[j] = (byte)(scales[j] | scales[j + 4] >> 4 << 6);
            packed[j + 4] = (byte)(minimums[j] | minimums[j + 4] >> 4 << 6);
            packed[j + 8] = (byte)(scales[j + 4] & 15 | minimums[j + 4] << 4);
        }
    }
}
