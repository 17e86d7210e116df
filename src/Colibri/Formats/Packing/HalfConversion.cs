using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Packing;

/// <summary>Half to single precision and back, over lanes: .NET 10 has no intrinsic for the processor's own conversion.</summary>
/// <remarks>
/// A finite half is its bits moved up by 13, with the exponent counted from 127 instead of 15: 112 more. A subnormal has no
/// leading one; its 10 bits are put behind the one of 0.5 and the 0.5 is subtracted, which normalises exactly. Infinity and NaN
/// take the exponent 255, another 112 up. On the way back, normal numbers round by adding just under half of what is cut off
/// (plus the lowest kept bit, for half to even) and letting it carry; subnormals are added to 0.5, whose last bit weighs 2^-24
/// like theirs, so that the processor's addition rounds.
/// </remarks>
internal static class HalfConversion
{
    private const uint Rebias = 112u << 23;
    private const uint BitsOfHalf = 0x3f000000;

    /// <summary>Half to single precision, exact, NaN payloads kept.</summary>
    /// <param name="halves">The bits of the halves.</param>
    /// <param name="values">Room for as many values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Widen(ReadOnlySpan<ushort> halves, Span<float> values)
    {
        values = values[..halves.Length];
        ref var source = ref MemoryMarshal.GetReference(halves);
        ref var target = ref MemoryMarshal.GetReference(values);
        var i = 0;
        for (; i + Vector<ushort>.Count <= halves.Length; i += Vector<ushort>.Count)
        {
            Vector.Widen(Vector.LoadUnsafe(ref source, (nuint)i), out var low, out var high);
            Widen(low).StoreUnsafe(ref target, (nuint)i);
            Widen(high).StoreUnsafe(ref target, (nuint)(i + Vector<float>.Count));
        }

        for (; i < halves.Length; i++)
        {
            values[i] = Widen(halves[i]);
        }
    }

    /// <summary>Single to half precision, rounding half to even.</summary>
    /// <param name="values">Any values.</param>
    /// <param name="halves">Receives the bits of as many halves.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Narrow(ReadOnlySpan<float> values, Span<ushort> halves)
    {
        halves = halves[..values.Length];
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var target = ref MemoryMarshal.GetReference(halves);
        var i = 0;
        for (; i + Vector<ushort>.Count <= values.Length; i += Vector<ushort>.Count)
        {
            var low = Narrow(Vector.LoadUnsafe(ref source, (nuint)i));
            var high = Narrow(Vector.LoadUnsafe(ref source, (nuint)(i + Vector<float>.Count)));
            Vector.Narrow(low, high).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            halves[i] = Narrow(values[i]);
        }
    }

    /// <summary>One half, the plain form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Widen(ushort half)
    {
        var magnitude = half & 0x7fffu;
        var bits = magnitude switch
        {
            > 0x7bff => (magnitude << 13) + 2 * Rebias,
            > 0x03ff => (magnitude << 13) + Rebias,
            _ => BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(BitsOfHalf + magnitude) - 0.5f),
        };
        return BitConverter.UInt32BitsToSingle(bits | (half & 0x8000u) << 16);
    }

    /// <summary>One single, the plain form.</summary>
    internal static ushort Narrow(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var magnitude = bits & 0x7fffffff;
        uint half;
        if (magnitude > 0x7f800000)
        {
            var payload = magnitude >> 13 & 0x3ff;
            half = 0x7c00 | (payload == 0 ? 0x200 : payload);
        }
        else if (magnitude >= 0x47800000)
        {
            half = 0x7c00; // 65536 and more; what lies between 65520 and that carries into infinity below.
        }
        else if (magnitude >= 0x38800000)
        {
            half = (magnitude - Rebias + 0xfff + (magnitude >> 13 & 1)) >> 13;
        }
        else
        {
            half = BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) + 0.5f) - BitsOfHalf;
        }

        return (ushort)(half | (bits >> 16 & 0x8000));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Widen(Vector<uint> half)
    {
        var magnitude = half & Vector.Create(0x7fffu);
        var bits = (magnitude << 13) + Vector.Create(Rebias);
        bits += Vector.GreaterThan(magnitude.As<uint, int>(), Vector.Create(0x7bff)).As<int, uint>() & Vector.Create(Rebias);
        var subnormal = (magnitude + Vector.Create(BitsOfHalf)).As<uint, float>() - Vector.Create(0.5f);
        bits = Vector.ConditionalSelect(
            Vector.LessThan(magnitude.As<uint, int>(), Vector.Create(0x400)).As<int, uint>(), subnormal.As<float, uint>(), bits);
        return (bits | (half & Vector.Create(0x8000u)) << 16).As<uint, float>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Narrow(Vector<float> value)
    {
        var bits = value.As<float, uint>();
        var magnitude = bits & Vector.Create(0x7fffffffu);
        var signed = magnitude.As<uint, int>();
        var normal = (magnitude - Vector.Create(Rebias - 0xfff) + (magnitude >> 13 & Vector<uint>.One)) >> 13;
        var subnormal = (magnitude.As<uint, float>() + Vector.Create(0.5f)).As<float, uint>() - Vector.Create(BitsOfHalf);
        var payload = magnitude >> 13 & Vector.Create(0x3ffu);
        payload |= Vector.Equals(payload, Vector<uint>.Zero) & Vector.Create(0x200u);
        payload &= Vector.GreaterThan(signed, Vector.Create(0x7f800000)).As<int, uint>();
        var half = Vector.ConditionalSelect(
            Vector.LessThan(signed, Vector.Create(0x38800000)).As<int, uint>(), subnormal, normal);
        half = Vector.ConditionalSelect(
            Vector.LessThan(signed, Vector.Create(0x47800000)).As<int, uint>(), half, payload | Vector.Create(0x7c00u));
        return half | (bits >> 16 & Vector.Create(0x8000u));
    }
}
