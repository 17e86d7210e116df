using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Kernels.MatMul;

/// <summary>Stored floats as float32, in 256-bit vectors.</summary>
internal unsafe interface IStoredLanes
{
    /// <summary>Bytes of a stored float.</summary>
    static abstract int Bytes { get; }

    /// <summary>Reads eight; exact, infinities and NaN included.</summary>
    static abstract Vector256<float> Load(byte* source);

    /// <summary>Reads four of each of two rows and the four behind them, a row in each half; exact, infinities and NaN included.</summary>
    static abstract (Vector256<float> Near, Vector256<float> Later) Load(byte* row, byte* far);

    /// <summary>The same for numbers that are known to be finite.</summary>
    static virtual (Vector256<float> Near, Vector256<float> Later) LoadFinite(byte* row, byte* far) => throw new NotSupportedException("only where Watches");

    /// <summary>
    /// Whether <see cref="LoadFinite"/> takes so much less than <see cref="Load(byte*, byte*)"/> that looking for other numbers beside it
    /// (<see cref="Watch"/>) is worth it.
    /// </summary>
    static virtual bool Watches => false;

    /// <summary>Takes sixteen stored floats into account.</summary>
    static virtual Watched Watch(Watched seen, byte* source) => seen;
}

/// <summary>The extremes of stored halves so far, as positive and as negative numbers: they tell whether all were finite.</summary>
internal readonly struct Watched(Vector256<short> positive, Vector256<ushort> negative)
{
    public readonly Vector256<short> Positive = positive;
    public readonly Vector256<ushort> Negative = negative;

    /// <summary>Whether an infinity or a NaN was among them.</summary>
    public bool AnyNotFinite =>
        Vector256.GreaterThanOrEqualAny(Positive, Vector256.Create((short)0x7c00)) || Vector256.GreaterThanOrEqualAny(Negative, Vector256.Create((ushort)0xfc00));
}

/// <summary>F32.</summary>
internal readonly unsafe struct SingleLanes : IStoredLanes
{
    public static int Bytes => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Vector256.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Near, Vector256<float> Later) Load(byte* row, byte* far) => (
        Vector256.Create(Vector128.Load((float*)row), Vector128.Load((float*)far)), Vector256.Create(Vector128.Load((float*)row + 4), Vector128.Load((float*)far + 4)));
}

/// <summary>F16.</summary>
internal readonly unsafe struct HalfLanes : IStoredLanes
{
    public static int Bytes => sizeof(ushort);

    public static bool Watches => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Exact(Finite(Vector128.Load((short*)source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Near, Vector256<float> Later) Load(byte* row, byte* far)
    {
        var (near, later) = LoadFinite(row, far);
        return (Exact(near), Exact(later));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Near, Vector256<float> Later) LoadFinite(byte* row, byte* far)
    {
        var (near, later) = Sixteens.Pair(row, far);
        return (Finite(near), Finite(later));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Watched Watch(Watched seen, byte* source) =>
        new(Vector256.Max(seen.Positive, Vector256.Load((short*)source)), Vector256.Max(seen.Negative, Vector256.Load((ushort*)source)));

    // Sign and bits moved to where float32 has them; multiplying moves the exponent, for subnormals too.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Finite(Vector128<short> halves) =>
        ((Sixteens.Widen(halves) << 13) & Vector256.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector256.Create(5.192296858534828e33f);

    // What was infinite or no number has become 65536 or more and gets the largest exponent.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Exact(Vector256<float> moved)
    {
        var special = Vector256.GreaterThanOrEqual(Vector256.Abs(moved), Vector256.Create(65536f)).AsInt32() & Vector256.Create(0x7f800000);
        return (moved.AsInt32() | special).AsSingle();
    }
}

/// <summary>BF16.</summary>
internal readonly unsafe struct BrainLanes : IStoredLanes
{
    public static int Bytes => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(byte* source) => Widen(Vector128.Load((short*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector256<float> Near, Vector256<float> Later) Load(byte* row, byte* far)
    {
        var (near, later) = Sixteens.Pair(row, far);
        return (Widen(near), Widen(later));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Widen(Vector128<short> values) => (Sixteens.Widen(values) << 16).AsSingle();
}

/// <summary>Numbers of sixteen bits on their way to thirty-two.</summary>
internal static unsafe class Sixteens
{
    /// <summary>Four of each of two rows, and the four behind them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static (Vector128<short> Near, Vector128<short> Later) Pair(byte* row, byte* far)
    {
        var (v, w) = (Vector128.Load((long*)row), Vector128.Load((long*)far));
        return Sse2.IsSupported
            ? (Sse2.UnpackLow(v, w).AsInt16(), Sse2.UnpackHigh(v, w).AsInt16())
            : (Vector128.Create(v.GetLower(), w.GetLower()).AsInt16(), Vector128.Create(v.GetUpper(), w.GetUpper()).AsInt16());
    }

    /// <summary>Eight numbers, signs extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Widen(Vector128<short> values) =>
        Avx2.IsSupported ? Avx2.ConvertToVector256Int32(values) : Vector256.Create(Vector128.WidenLower(values), Vector128.WidenUpper(values));
}
