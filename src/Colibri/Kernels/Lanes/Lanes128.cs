using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Kernels.Lanes;

/// <summary>Sixteen lanes in four 128-bit registers.</summary>
internal readonly unsafe struct Lanes128(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d) : ILanes<Lanes128>
{
    /// <summary>Lanes 0 to 3.</summary>
    public readonly Vector128<float> A = a;

    /// <summary>Lanes 4 to 7.</summary>
    public readonly Vector128<float> B = b;

    /// <summary>Lanes 8 to 11.</summary>
    public readonly Vector128<float> C = c;

    /// <summary>Lanes 12 to 15.</summary>
    public readonly Vector128<float> D = d;

    public static int Registers => 4;

    public static Lanes128 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero, Vector128<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Load(float* source) => new(Vector128.Load(source), Vector128.Load(source + 4), Vector128.Load(source + 8), Vector128.Load(source + 12));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes128 value, float* target)
    {
        value.A.Store(target);
        value.B.Store(target + 4);
        value.C.Store(target + 8);
        value.D.Store(target + 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Broadcast(float value)
    {
        var v = Vector128.Create(value);
        return new(v, v, v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 BroadcastFour(float* source)
    {
        var v = Vector128.Load(source);
        return new(v, v, v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SumQuarters(Lanes128 a, Lanes128 b, Lanes128 c, Lanes128 d) => new(
        QuarterSums.Of(a.A, b.A, c.A, d.A), QuarterSums.Of(a.B, b.B, c.B, d.B), QuarterSums.Of(a.C, b.C, c.C, d.C), QuarterSums.Of(a.D, b.D, c.D, d.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 MultiplyAdd(Lanes128 a, Lanes128 b, Lanes128 c) => new(Vector128.FusedMultiplyAdd(a.A, b.A, c.A), Vector128.FusedMultiplyAdd(a.B, b.B, c.B), Vector128.FusedMultiplyAdd(a.C, b.C, c.C), Vector128.FusedMultiplyAdd(a.D, b.D, c.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Max(Lanes128 a, Lanes128 b) => new(LaneTree.Larger(a.A, b.A), LaneTree.Larger(a.B, b.B), LaneTree.Larger(a.C, b.C), LaneTree.Larger(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Larger(Lanes128 a, Lanes128 b) => new(Vector128.MaxNative(a.A, b.A), Vector128.MaxNative(a.B, b.B), Vector128.MaxNative(a.C, b.C), Vector128.MaxNative(a.D, b.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Abs(Lanes128 a) => new(Vector128.Abs(a.A), Vector128.Abs(a.B), Vector128.Abs(a.C), Vector128.Abs(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 Round(Lanes128 a) => new(Vector128.Round(a.A), Vector128.Round(a.B), Vector128.Round(a.C), Vector128.Round(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 PowerOfTwo(Lanes128 exponent) => new(Power(exponent.A), Power(exponent.B), Power(exponent.C), Power(exponent.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LowestToExponent(Lanes128 a) => new((a.A.AsInt32() << 23).AsSingle(), (a.B.AsInt32() << 23).AsSingle(), (a.C.AsInt32() << 23).AsSingle(), (a.D.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadHalves(ushort* source)
    {
        var (a, b) = Vector128.Widen(Vector128.Load((short*)source));
        var (c, d) = Vector128.Widen(Vector128.Load((short*)source + 8));
        return new(Halves(a), Halves(b), Halves(c), Halves(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 LoadBytes(sbyte* source)
    {
        var (low, high) = Vector128.Widen(Vector128.Load(source));
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        return new(Vector128.ConvertToSingle(a), Vector128.ConvertToSingle(b), Vector128.ConvertToSingle(c), Vector128.ConvertToSingle(d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SelectLess(Lanes128 a, Lanes128 b, Lanes128 whenTrue, Lanes128 whenFalse) => new(Vector128.ConditionalSelect(Vector128.LessThan(a.A, b.A), whenTrue.A, whenFalse.A), Vector128.ConditionalSelect(Vector128.LessThan(a.B, b.B), whenTrue.B, whenFalse.B), Vector128.ConditionalSelect(Vector128.LessThan(a.C, b.C), whenTrue.C, whenFalse.C), Vector128.ConditionalSelect(Vector128.LessThan(a.D, b.D), whenTrue.D, whenFalse.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 SwapPairs(Lanes128 a) => new(Swap(a.A), Swap(a.B), Swap(a.C), Swap(a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes128 a) => LaneTree.Sum(a.A + a.C, a.B + a.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestOf(Lanes128 a) => LaneTree.Largest(LaneTree.Larger(a.A, a.C), LaneTree.Larger(a.B, a.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes128 a) => Largest(Vector128.MaxNative(Vector128.MaxNative(a.A, a.B), Vector128.MaxNative(a.C, a.D)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes128 a, sbyte* target)
    {
        var low = Vector128.Narrow(Vector128.ConvertToInt32Native(a.A), Vector128.ConvertToInt32Native(a.B));
        var high = Vector128.Narrow(Vector128.ConvertToInt32Native(a.C), Vector128.ConvertToInt32Native(a.D));
        Vector128.Narrow(low, high).Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator +(Lanes128 a, Lanes128 b) => new(a.A + b.A, a.B + b.B, a.C + b.C, a.D + b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator -(Lanes128 a, Lanes128 b) => new(a.A - b.A, a.B - b.B, a.C - b.C, a.D - b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator *(Lanes128 a, Lanes128 b) => new(a.A * b.A, a.B * b.B, a.C * b.C, a.D * b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 operator /(Lanes128 a, Lanes128 b) => new(a.A / b.A, a.B / b.B, a.C / b.C, a.D / b.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Power(Vector128<float> e) => ((Vector128.ConvertToInt32Native(e) + Vector128.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Swap(Vector128<float> a) => Vector128.Shuffle(a, Vector128.Create(1, 0, 3, 2));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(Vector256<float> a) => Largest(Vector128.MaxNative(a.GetLower(), a.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Largest(Vector128<float> a)
    {
        // Shuffles instead of elements: comparing scalars would branch.
        a = Vector128.MaxNative(a, Vector128.Shuffle(a, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(a, Vector128.Shuffle(a, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Halves(Vector128<int> widened)
    {
        // Sign and bits moved to where float32 has them; multiplying moves the exponent, for subnormals too. What was
        // infinite or no number has become 65536 or more and gets the largest exponent.
        var moved = (Vector128.ShiftLeft(widened, 13) & Vector128.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector128.Create(5.192296858534828e33f);
        var special = Vector128.GreaterThanOrEqual(Vector128.Abs(moved), Vector128.Create(65536f)).AsInt32() & Vector128.Create(0x7f800000);
        return (moved.AsInt32() | special).AsSingle();
    }
}
