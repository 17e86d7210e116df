using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Search;

/// <summary>Rounding to the nearest integer, half to even, within limits, the same for one value and for lanes.</summary>
/// <remarks>
/// Adding 1.5 * 2^23 leaves the rounded integer in the low bits of the sum. Positive numbers compare like their bits, and a
/// negative sum has the sign bit set, so the limits are applied to the bits: what is out of range, however far, ends at a limit.
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
        var bits = Math.Min(Math.Max(BitConverter.SingleToInt32Bits(value + Magic), MagicBits + low), MagicBits + high);
        return BitConverter.Int32BitsToSingle(bits) - Magic;
    }

    /// <summary>The nearest integers, as floats.</summary>
    internal static Vector<float> Clamp(Vector<float> values, int low, int high)
    {
        var bits = (values + Vector.Create(Magic)).As<float, int>();
        bits = Vector.Min(Vector.Max(bits, Vector.Create(MagicBits + low)), Vector.Create(MagicBits + high));
        return bits.As<int, float>() - Vector.Create(Magic);
    }

    /// <summary>Rounds <c>(x + shift) / scale</c> to integers.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="shift">Added first.</param>
    /// <param name="scale">Not 0.</param>
    /// <param name="low">The least integer.</param>
    /// <param name="high">The greatest integer.</param>
    /// <param name="q">Receives the integers minus low, which must fit a byte.</param>
    internal static void Quantize(ReadOnlySpan<float> x, float shift, float scale, int low, int high, Span<byte> q)
    {
        Debug.Assert(x.Length % 16 == 0 && q.Length >= x.Length && high - low <= byte.MaxValue);
        ref var source = ref MemoryMarshal.GetReference(x);
        ref var target = ref MemoryMarshal.GetReference(q);
        var (add, divide) = (Vector128.Create(shift), Vector128.Create(scale));
        for (nuint i = 0; i < (nuint)x.Length; i += 16)
        {
            var first = Vector128.Narrow(Four(ref source, i), Four(ref source, i + 4));
            var second = Vector128.Narrow(Four(ref source, i + 8), Four(ref source, i + 12));
            Vector128.Narrow(first, second).AsByte().StoreUnsafe(ref target, i);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<int> Four(ref float origin, nuint index)
        {
            var bits = ((Vector128.LoadUnsafe(ref origin, index) + add) / divide + Vector128.Create(Magic)).AsInt32();
            bits = Vector128.Min(Vector128.Max(bits, Vector128.Create(MagicBits + low)), Vector128.Create(MagicBits + high));
            return bits - Vector128.Create(MagicBits + low);
        }
    }
}
