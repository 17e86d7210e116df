using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Kernels.Lanes;

/// <summary>Sixteen lanes in two 256-bit registers.</summary>
internal readonly unsafe struct Lanes256(Vector256<float> a, Vector256<float> b) : ILanes<Lanes256>
{
    /// <summary>Lanes 0 to 7.</summary>
    public readonly Vector256<float> A = a;

    /// <summary>Lanes 8 to 15.</summary>
    public readonly Vector256<float> B = b;

    public static int Registers => 2;

    public static Lanes256 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector256<float>.Zero, Vector256<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Load(float* source) => new(Vector256.Load(source), Vector256.Load(source + 8));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes256 value, float* target)
    {
        value.A.Store(target);
        value.B.Store(target + 8);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Broadcast(float value)
    {
        var v = Vector256.Create(value);
        return new(v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 BroadcastFour(float* source)
    {
        var v = Vector256.Create(Vector128.Load(source));
        return new(v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SumQuarters(Lanes256 a, Lanes256 b, Lanes256 c, Lanes256 d) => new(
        QuarterSums.Of(a.A, b.A, c.A, d.A), QuarterSums.Of(a.B, b.B, c.B, d.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 MultiplyAdd(Lanes256 a, Lanes256 b, Lanes256 c) => new(Vector256.FusedMultiplyAdd(a.A, b.A, c.A), Vector256.FusedMultiplyAdd(a.B, b.B, c.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Max(Lanes256 a, Lanes256 b) => new(Larger(a.A, b.A), Larger(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Larger(Lanes256 a, Lanes256 b) => new(Vector256.MaxNative(a.A, b.A), Vector256.MaxNative(a.B, b.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Abs(Lanes256 a) => new(Vector256.Abs(a.A), Vector256.Abs(a.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 Round(Lanes256 a) => new(Vector256.Round(a.A), Vector256.Round(a.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 PowerOfTwo(Lanes256 exponent) => new(Power(exponent.A), Power(exponent.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LowestToExponent(Lanes256 a) => new((a.A.AsInt32() << 23).AsSingle(), (a.B.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadHalves(ushort* source)
    {
        var (low, high) = Vector256.Widen(Vector256.Load((short*)source));
        return new(Halves(low), Halves(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 LoadBytes(sbyte* source)
    {
        var (low, high) = Vector256.Widen(Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe()));
        return new(Vector256.ConvertToSingle(low), Vector256.ConvertToSingle(high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SelectLess(Lanes256 a, Lanes256 b, Lanes256 whenTrue, Lanes256 whenFalse) => new(Vector256.ConditionalSelect(Vector256.LessThan(a.A, b.A), whenTrue.A, whenFalse.A), Vector256.ConditionalSelect(Vector256.LessThan(a.B, b.B), whenTrue.B, whenFalse.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 SwapPairs(Lanes256 a) => new(Swap(a.A), Swap(a.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes256 a) => LaneTree.Sum(a.A + a.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestOf(Lanes256 a)
    {
        var m = Larger(a.A, a.B);
        return LaneTree.Largest(m.GetLower(), m.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes256 a) => Lanes128.Largest(Vector256.MaxNative(a.A, a.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes256 a, sbyte* target)
    {
        var shorts = Vector256.Narrow(Vector256.ConvertToInt32Native(a.A), Vector256.ConvertToInt32Native(a.B));
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator +(Lanes256 a, Lanes256 b) => new(a.A + b.A, a.B + b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator -(Lanes256 a, Lanes256 b) => new(a.A - b.A, a.B - b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator *(Lanes256 a, Lanes256 b) => new(a.A * b.A, a.B * b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 operator /(Lanes256 a, Lanes256 b) => new(a.A / b.A, a.B / b.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Larger(Vector256<float> a, Vector256<float> b) => Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Power(Vector256<float> e) => ((Vector256.ConvertToInt32Native(e) + Vector256.Create(127)) << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Swap(Vector256<float> a) => Vector256.Shuffle(a, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Halves(Vector256<int> widened)
    {
        // Sign and bits moved to where float32 has them; multiplying moves the exponent, for subnormals too. What was
        // infinite or no number has become 65536 or more and gets the largest exponent.
        var moved = (Vector256.ShiftLeft(widened, 13) & Vector256.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector256.Create(5.192296858534828e33f);
        var special = Vector256.GreaterThanOrEqual(Vector256.Abs(moved), Vector256.Create(65536f)).AsInt32() & Vector256.Create(0x7f800000);
        return (moved.AsInt32() | special).AsSingle();
    }
}
