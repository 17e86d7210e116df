using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Sixteen exact 32-bit sums of products: unsigned 8-bit weights (four of one output side by side in each lane) times
/// signed 8-bit activations (the same four for all lanes).
/// </summary>
internal unsafe interface IIntegerLanes<TInt, TFloat>
    where TInt : unmanaged, IIntegerLanes<TInt, TFloat>
    where TFloat : unmanaged, ILanes<TFloat>
{
    /// <summary>The same sum in every lane.</summary>
    static abstract TInt Broadcast(int value);

    /// <summary>Reads 16 x 4 weights.</summary>
    static abstract TInt Load(byte* weights);

    /// <summary>Adds four products to every lane.</summary>
    static abstract TInt Dot(TInt sum, TInt weights, sbyte* activations);

    /// <summary>The sums as float32, rounded once.</summary>
    static abstract TFloat ToFloat(TInt value);
}

/// <summary>AVX-VNNI: <c>vpdpbusd</c> on 256 bits, the widest that .NET 10 knows; floats at 512 bits.</summary>
internal readonly unsafe struct VnniLanes512(Vector256<int> low, Vector256<int> high) : IIntegerLanes<VnniLanes512, Lanes512>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes512 Broadcast(int value)
    {
        var v = Vector256.Create(value);
        return new(v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes512 Load(byte* weights) => new(Vector256.Load(weights).AsInt32(), Vector256.Load(weights + 32).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes512 Dot(VnniLanes512 sum, VnniLanes512 weights, sbyte* activations)
    {
        var four = Vector256.Create(*(int*)activations).AsSByte();
        return new(
            AvxVnni.MultiplyWideningAndAdd(sum._low, weights._low.AsByte(), four),
            AvxVnni.MultiplyWideningAndAdd(sum._high, weights._high.AsByte(), four));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes512 ToFloat(VnniLanes512 value) =>
        // Vector512.Create would insert into a register it never clears, and so wait for the result before.
        new(Vector512.ConvertToSingle(value._low.ToVector512Unsafe().WithUpper(value._high)));
}

/// <summary>AVX-VNNI with 256-bit floats.</summary>
internal readonly unsafe struct VnniLanes256(Vector256<int> low, Vector256<int> high) : IIntegerLanes<VnniLanes256, Lanes256>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes256 Broadcast(int value)
    {
        var v = Vector256.Create(value);
        return new(v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes256 Load(byte* weights) => new(Vector256.Load(weights).AsInt32(), Vector256.Load(weights + 32).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniLanes256 Dot(VnniLanes256 sum, VnniLanes256 weights, sbyte* activations)
    {
        var four = Vector256.Create(*(int*)activations).AsSByte();
        return new(
            AvxVnni.MultiplyWideningAndAdd(sum._low, weights._low.AsByte(), four),
            AvxVnni.MultiplyWideningAndAdd(sum._high, weights._high.AsByte(), four));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes256 ToFloat(VnniLanes256 value) =>
        new(Vector256.ConvertToSingle(value._low), Vector256.ConvertToSingle(value._high));
}

/// <summary>128-bit vectors and plain integer operations only: any processor, NEON included.</summary>
internal readonly unsafe struct PlainLanes(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d) : IIntegerLanes<PlainLanes, Lanes128>
{
    private readonly Vector128<int> _a = a;
    private readonly Vector128<int> _b = b;
    private readonly Vector128<int> _c = c;
    private readonly Vector128<int> _d = d;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainLanes Broadcast(int value)
    {
        var v = Vector128.Create(value);
        return new(v, v, v, v);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainLanes Load(byte* weights) => new(
        Vector128.Load(weights).AsInt32(), Vector128.Load(weights + 16).AsInt32(),
        Vector128.Load(weights + 32).AsInt32(), Vector128.Load(weights + 48).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainLanes Dot(PlainLanes sum, PlainLanes weights, sbyte* activations)
    {
        var four = Vector128.Create(*(int*)activations).AsInt16();
        var even = (four << 8) >> 8;
        var odd = four >> 8;
        return new(
            Add(sum._a, weights._a, even, odd), Add(sum._b, weights._b, even, odd),
            Add(sum._c, weights._c, even, odd), Add(sum._d, weights._d, even, odd));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Lanes128 ToFloat(PlainLanes value) => new(
        Vector128.ConvertToSingle(value._a), Vector128.ConvertToSingle(value._b),
        Vector128.ConvertToSingle(value._c), Vector128.ConvertToSingle(value._d));

    // 255 * 127 fits in 16 bits, so each product is exact; its pair is added after widening.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<int> Add(Vector128<int> sum, Vector128<int> weights, Vector128<short> even, Vector128<short> odd)
    {
        var first = ((weights.AsInt16() & Vector128.Create((short)0xff)) * even).AsInt32();
        var second = ((weights.AsUInt16() >> 8).AsInt16() * odd).AsInt32();
        return sum + ((first << 16) >> 16) + (first >> 16) + ((second << 16) >> 16) + (second >> 16);
    }
}
