using System.Numerics;

namespace Colibri.Formats.Search;

/// <summary>Rounding to the nearest integer, half to even, within limits, the same for one value and for lanes.</summary>
/// <remarks>
/// Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum. Positive numbers compare like their bits, and a
/// negative sum has the sign bit set, so the limits are applied to the bits: out of range, infinite or (depending on its sign) NaN
/// all end at a limit, never at an integer outside.
/// </remarks>
internal static class Rounding
{
    private const float Magic = 12582912f;
    private const int MagicBits = 0x4b400000;

    /// <summary>The nearest integer, as a float.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="low">The least result, above -2^22.</param>
    /// <param name="high">The greatest result, below 2^22.</param>
    internal static float Clamp(float value, int low, int high)
    {
        var bits = Math.Clamp(BitConverter.SingleToInt32Bits(value + Magic), MagicBits + low, MagicBits + high);
        return BitConverter.Int32BitsToSingle(bits) - Magic;
    }

    /// <summary>The nearest integers, as floats.</summary>
    internal static Vector<float> Clamp(Vector<float> values, int low, int high)
    {
        var bits = (values + Vector.Create(Magic)).As<float, int>();
        bits = Vector.Min(Vector.Max(bits, Vector.Create(MagicBits + low)), Vector.Create(MagicBits + high));
        return bits.As<int, float>() - Vector.Create(Magic);
    }
}
