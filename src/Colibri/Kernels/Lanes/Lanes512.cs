using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Kernels.Lanes;

/// <summary>Sixteen lanes in one 512-bit register.</summary>
internal readonly unsafe struct Lanes512(Vector512<float> value) : ILanes<Lanes512>
{
    /// <summary>The register.</summary>
    public readonly Vector512<float> Value = value;

    public static int Registers => 1;

    public static Lanes512 Zero
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(Vector512<float>.Zero);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Load(float* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Lanes512 value, float* target) => value.Value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Broadcast(float value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 BroadcastFour(float* source) => new(Vector512.Create(Vector128.Load(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SumQuarters(Lanes512 a, Lanes512 b, Lanes512 c, Lanes512 d) => new(QuarterSums.Of(a.Value, b.Value, c.Value, d.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 MultiplyAdd(Lanes512 a, Lanes512 b, Lanes512 c) => new(Vector512.FusedMultiplyAdd(a.Value, b.Value, c.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Max(Lanes512 a, Lanes512 b) =>
        new(Vector512.ConditionalSelect(Vector512.GreaterThan(a.Value, b.Value), a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Larger(Lanes512 a, Lanes512 b) => new(Vector512.MaxNative(a.Value, b.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Abs(Lanes512 a) => new(Vector512.Abs(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 Round(Lanes512 a) => new(Vector512.Round(a.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 PowerOfTwo(Lanes512 exponent) =>
        new(((Vector512.ConvertToInt32Native(exponent.Value) + Vector512.Create(127)) << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LowestToExponent(Lanes512 a) => new((a.Value.AsInt32() << 23).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadHalves(ushort* source) =>
        new(Halves(Vector512.WidenLower(Vector256.Load((short*)source).ToVector512Unsafe())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 LoadBytes(sbyte* source) =>
        new(Vector512.ConvertToSingle(Vector512.WidenLower(Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe()).ToVector512Unsafe())));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SelectLess(Lanes512 a, Lanes512 b, Lanes512 whenTrue, Lanes512 whenFalse) =>
        new(Vector512.ConditionalSelect(Vector512.LessThan(a.Value, b.Value), whenTrue.Value, whenFalse.Value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 SwapPairs(Lanes512 a) =>
        new(Vector512.Shuffle(a.Value, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Lanes512 a) => LaneTree.Sum(a.Value.GetLower() + a.Value.GetUpper());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LargestOf(Lanes512 a) => Lanes256.LargestOf(new Lanes256(a.Value.GetLower(), a.Value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Lanes512 a) => Lanes256.Largest(new Lanes256(a.Value.GetLower(), a.Value.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreBytes(Lanes512 a, sbyte* target)
    {
        var whole = Vector512.ConvertToInt32Native(a.Value);
        var shorts = Vector256.Narrow(whole.GetLower(), whole.GetUpper());
        Vector128.Narrow(shorts.GetLower(), shorts.GetUpper()).Store(target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator +(Lanes512 a, Lanes512 b) => new(a.Value + b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator -(Lanes512 a, Lanes512 b) => new(a.Value - b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator *(Lanes512 a, Lanes512 b) => new(a.Value * b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 operator /(Lanes512 a, Lanes512 b) => new(a.Value / b.Value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Halves(Vector512<int> widened)
    {
        // Sign and bits moved to where float32 has them; multiplying moves the exponent, for subnormals too. What was
        // infinite or no number has become 65536 or more and gets the largest exponent.
        var moved = (Vector512.ShiftLeft(widened, 13) & Vector512.Create(unchecked((int)0x8fffe000))).AsSingle() * Vector512.Create(5.192296858534828e33f);
        var special = Vector512.GreaterThanOrEqual(Vector512.Abs(moved), Vector512.Create(65536f)).AsInt32() & Vector512.Create(0x7f800000);
        return (moved.AsInt32() | special).AsSingle();
    }
}
