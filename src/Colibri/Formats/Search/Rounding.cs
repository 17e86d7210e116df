using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Search;

/// <summary>Rounding to integers within limits, the same for one value and for lanes.</summary>
/// <remarks>
/// To the nearest, half to even: adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum. Positive numbers compare
/// like their bits, and a negative sum has the sign bit set, so the limits are applied to the bits: what is out of range, however
/// far, ends at a limit.
/// </remarks>
internal static class Rounding
{
    private const float Magic = 12582912f;
    private const int MagicBits = 0x4b400000;

    /// <summary>The nearest integer, as a float.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="low">The least result, above -2^22.</param>
    /// <param name="high">The greatest result, below 2^22.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Clamp(float value, int low, int high)
    {
        var bits = Math.Min(Math.Max(BitConverter.SingleToInt32Bits(value + Magic), MagicBits + low), MagicBits + high);
        return BitConverter.Int32BitsToSingle(bits) - Magic;
    }

    /// <summary>The nearest integers, as floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Clamp(Vector<float> values, int low, int high)
    {
        var bits = (values + Vector.Create(Magic)).As<float, int>();
        bits = Vector.Min(Vector.Max(bits, Vector.Create(MagicBits + low)), Vector.Create(MagicBits + high));
        return bits.As<int, float>() - Vector.Create(Magic);
    }

    /// <summary>The integers nearest to <c>(x + shift) / scale</c>, half to even.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="shift">Added first.</param>
    /// <param name="scale">Not 0.</param>
    /// <param name="low">The least integer.</param>
    /// <param name="high">The greatest integer.</param>
    /// <param name="q">Receives the integers minus low, which must fit a byte.</param>
    internal static void Divide(ReadOnlySpan<float> x, float shift, float scale, int low, int high, Span<byte> q)
    {
        Debug.Assert(high - low <= byte.MaxValue);
        for (var i = 0; i < x.Length; i += 16)
        {
            Narrow(Four(x, i), Four(x, i + 4), Four(x, i + 8), Four(x, i + 12), q, i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<int> Four(ReadOnlySpan<float> values, int index)
        {
            var quotient = (Load(values, index) + Vector128.Create(shift)) / Vector128.Create(scale);
            var bits = (quotient + Vector128.Create(Magic)).AsInt32();
            bits = Vector128.Min(Vector128.Max(bits, Vector128.Create(MagicBits + low)), Vector128.Create(MagicBits + high));
            return bits - Vector128.Create(MagicBits + low);
        }
    }

    /// <summary>The whole parts of <c>(x - least) * inverse + half</c>.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="least">Subtracted first.</param>
    /// <param name="inverse">One over the scale; the product is not below -half.</param>
    /// <param name="half">Added before cutting.</param>
    /// <param name="high">The greatest integer.</param>
    /// <param name="q">Receives the integers.</param>
    internal static void Cut(ReadOnlySpan<float> x, float least, float inverse, float half, int high, Span<byte> q)
    {
        for (var i = 0; i < x.Length; i += 16)
        {
            Narrow(Four(x, i), Four(x, i + 4), Four(x, i + 8), Four(x, i + 12), q, i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<int> Four(ReadOnlySpan<float> values, int index)
        {
            var sum = (Load(values, index) - Vector128.Create(least)) * inverse + Vector128.Create(half);
            return Vector128.Min(Vector128.ConvertToInt32(sum), Vector128.Create(high));
        }
    }

    /// <summary>The integers nearest to <c>x * inverse</c>, half away from zero.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="inverse">One over the scale; products are within -128..127.</param>
    /// <param name="q">Receives the integers as signed bytes.</param>
    internal static void Away(ReadOnlySpan<float> x, float inverse, Span<byte> q)
    {
        for (var i = 0; i < x.Length; i += 16)
        {
            Narrow(Four(x, i), Four(x, i + 4), Four(x, i + 8), Four(x, i + 12), q, i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<int> Four(ReadOnlySpan<float> values, int index)
        {
            // The largest float below a half: a half itself would lift what lies just below one.
            var product = Load(values, index) * inverse;
            return Vector128.ConvertToInt32(product + Vector128.CopySign(Vector128.Create(0.49999997f), product));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Load(ReadOnlySpan<float> values, int index) =>
        Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(values), (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Narrow(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d, Span<byte> q, int index)
    {
        var bytes = Vector128.Narrow(Vector128.Narrow(a, b), Vector128.Narrow(c, d)).AsByte();
        bytes.StoreUnsafe(ref MemoryMarshal.GetReference(q), (nuint)index);
    }
}
