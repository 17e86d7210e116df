using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Formats.Packing;

/// <summary>The two 8-bit floats of the Open Compute Project (OCP 8-bit Floating Point Specification, revision 1.0).</summary>
/// <remarks>
/// Narrowing rounds half to even: normal numbers by adding just under half of what is cut off (plus the lowest kept bit) and
/// letting it carry, subnormals by adding a number whose last bit weighs what theirs does. Widening looks the value up.
/// </remarks>
internal static class SmallFloats
{
    /// <summary>The values of all 256 patterns of E4M3 (4 bits of exponent from 7, 3 of fraction; no infinity, NaN is 0x7f).</summary>
    internal static readonly float[] E4M3 = Table(exponentBits: 4, hasInfinity: false);

    /// <summary>The values of all 256 patterns of E5M2 (5 bits of exponent from 15, 2 of fraction).</summary>
    internal static readonly float[] E5M2 = Table(exponentBits: 5, hasInfinity: true);

    private interface IKind
    {
        static abstract int Fraction { get; }

        /// <summary>What is taken from float32's exponent, in its place.</summary>
        static abstract uint Rebias { get; }

        /// <summary>The bits of the smallest normal number.</summary>
        static abstract int Normal { get; }

        /// <summary>A float whose last bit weighs as much as the smallest subnormal.</summary>
        static abstract float Anchor { get; }

        /// <summary>The bits of the first float that is too large to round down.</summary>
        static abstract int Beyond { get; }

        /// <summary>What numbers from there on become.</summary>
        static abstract uint Overflow(uint magnitude);

        /// <inheritdoc cref="Overflow(uint)"/>
        static abstract Vector<uint> Overflow(Vector<uint> magnitude);
    }

    /// <summary>The nearest E4M3s: up to 448; infinity and what rounds beyond are NaN.</summary>
    /// <param name="values">Any values.</param>
    /// <param name="bytes">Receives as many patterns.</param>
    internal static void NarrowE4M3(ReadOnlySpan<float> values, Span<byte> bytes) => Narrow<KindE4M3>(values, bytes);

    /// <summary>The nearest E5M2s: up to 57344; what rounds beyond is infinite.</summary>
    /// <param name="values">Any values.</param>
    /// <param name="bytes">Receives as many patterns.</param>
    internal static void NarrowE5M2(ReadOnlySpan<float> values, Span<byte> bytes) => Narrow<KindE5M2>(values, bytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow<TKind>(ReadOnlySpan<float> values, Span<byte> bytes) where TKind : struct, IKind
    {
        bytes = bytes[..values.Length];
        ref var source = ref MemoryMarshal.GetReference(values);
        ref var target = ref MemoryMarshal.GetReference(bytes);
        var i = 0;
        for (; i + Vector<byte>.Count <= values.Length; i += Vector<byte>.Count)
        {
            var a = Narrow<TKind>(Vector.LoadUnsafe(ref source, (nuint)i));
            var b = Narrow<TKind>(Vector.LoadUnsafe(ref source, (nuint)(i + Vector<float>.Count)));
            var c = Narrow<TKind>(Vector.LoadUnsafe(ref source, (nuint)(i + 2 * Vector<float>.Count)));
            var d = Narrow<TKind>(Vector.LoadUnsafe(ref source, (nuint)(i + 3 * Vector<float>.Count)));
            Vector.Narrow(Vector.Narrow(a, b), Vector.Narrow(c, d)).StoreUnsafe(ref target, (nuint)i);
        }

        for (; i < values.Length; i++)
        {
            bytes[i] = Narrow<TKind>(values[i]);
        }
    }

    /// <summary>One value, the plain form.</summary>
    private static byte Narrow<TKind>(float value) where TKind : struct, IKind
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        var magnitude = bits & 0x7fffffff;
        var cut = 23 - TKind.Fraction;
        var small = magnitude >= TKind.Beyond ? TKind.Overflow(magnitude)
            : magnitude >= TKind.Normal ? (magnitude - TKind.Rebias + (1u << cut - 1) - 1 + (magnitude >> cut & 1)) >> cut
            : BitConverter.SingleToUInt32Bits(BitConverter.UInt32BitsToSingle(magnitude) + TKind.Anchor)
                - BitConverter.SingleToUInt32Bits(TKind.Anchor);
        return (byte)(small | bits >> 24 & 0x80);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<uint> Narrow<TKind>(Vector<float> value) where TKind : struct, IKind
    {
        var bits = value.As<float, uint>();
        var magnitude = bits & Vector.Create(0x7fffffffu);
        var signed = magnitude.As<uint, int>();
        var cut = 23 - TKind.Fraction;
        var normal = (magnitude + Vector.Create((1u << cut - 1) - 1 - TKind.Rebias) + (magnitude >> cut & Vector<uint>.One)) >> cut;
        var anchor = Vector.Create(TKind.Anchor);
        var subnormal = (magnitude.As<uint, float>() + anchor).As<float, uint>() - anchor.As<float, uint>();
        var small = Vector.ConditionalSelect(Vector.LessThan(signed, Vector.Create(TKind.Normal)).As<int, uint>(), subnormal, normal);
        small = Vector.ConditionalSelect(
            Vector.LessThan(signed, Vector.Create(TKind.Beyond)).As<int, uint>(), small, TKind.Overflow(magnitude));
        return small | (bits >> 24 & Vector.Create(0x80u));
    }

    private static float[] Table(int exponentBits, bool hasInfinity)
    {
        var fractionBits = 7 - exponentBits;
        var bias = (1 << exponentBits - 1) - 1;
        var table = new float[256];
        for (var pattern = 0; pattern < 128; pattern++)
        {
            var exponent = pattern >> fractionBits;
            var fraction = pattern & (1 << fractionBits) - 1;
            var value = exponent == 0
                ? MathF.ScaleB(fraction, 1 - bias - fractionBits)
                : MathF.ScaleB((1 << fractionBits) + fraction, exponent - bias - fractionBits);
            if (hasInfinity && exponent == (1 << exponentBits) - 1)
            {
                // A payload goes to the top of the wider fraction, where narrowing finds it again.
                value = BitConverter.UInt32BitsToSingle(0x7f800000u | (uint)fraction << 23 - fractionBits);
            }
            else if (!hasInfinity && pattern == 127)
            {
                value = float.NaN;
            }

            table[pattern] = MathF.Abs(value);
            table[pattern + 128] = -table[pattern];
        }

        return table;
    }

    private struct KindE4M3 : IKind
    {
        public static int Fraction => 3;

        public static uint Rebias => 120u << 23;

        public static int Normal => 0x3c800000; // 2^-6

        public static float Anchor => 16384;

        public static int Beyond => 0x43e80001; // 464 lies half way to 480 and still rounds down, to even

        public static uint Overflow(uint magnitude) => 0x7f;

        public static Vector<uint> Overflow(Vector<uint> magnitude) => Vector.Create(0x7fu);
    }

    private struct KindE5M2 : IKind
    {
        public static int Fraction => 2;

        public static uint Rebias => 112u << 23;

        public static int Normal => 0x38800000; // 2^-14

        public static float Anchor => 128;

        public static int Beyond => 0x47800000; // 65536; what lies between 61440 and that carries into infinity

        public static uint Overflow(uint magnitude) => magnitude > 0x7f800000 ? 0x7c | Math.Max(magnitude >> 21 & 3, 1) : 0x7c;

        public static Vector<uint> Overflow(Vector<uint> magnitude)
        {
            var payload = Vector.Max(magnitude >> 21 & Vector.Create(3u), Vector<uint>.One);
            var nan = Vector.GreaterThan(magnitude.As<uint, int>(), Vector.Create(0x7f800000)).As<int, uint>();
            return Vector.Create(0x7cu) | (payload & nan);
        }
    }
}
