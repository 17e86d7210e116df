using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Kernels.MatMul;

/// <summary>Exact 32-bit sums of unsigned times signed bytes along a row: some columns at a time, in whatever lanes.</summary>
/// <typeparam name="TSelf">The sums.</typeparam>
internal unsafe interface IByteLanes<TSelf> where TSelf : unmanaged, IByteLanes<TSelf>
{
    /// <summary>Columns of a step.</summary>
    static abstract int Columns { get; }

    /// <summary>Adds a step's products.</summary>
    static abstract TSelf Dot(TSelf sum, byte* activations, sbyte* weights);

    /// <summary>All lanes added up.</summary>
    static abstract int Sum(TSelf sum);
}

/// <summary>AVX-VNNI: <c>vpdpbusd</c> on 256 bits, twice.</summary>
internal readonly unsafe struct VnniBytes(Vector256<int> low, Vector256<int> high) : IByteLanes<VnniBytes>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    public static int Columns => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static VnniBytes Dot(VnniBytes sum, byte* activations, sbyte* weights) => new(
        AvxVnni.MultiplyWideningAndAdd(sum._low, Vector256.Load(activations), Vector256.Load(weights)),
        AvxVnni.MultiplyWideningAndAdd(sum._high, Vector256.Load(activations + 32), Vector256.Load(weights + 32)));

    public static int Sum(VnniBytes sum) => Vector256.Sum(sum._low + sum._high);
}

/// <summary>AVX2: bytes widened to 16 bits, whose products <c>vpmaddwd</c> adds in pairs, exactly.</summary>
internal readonly unsafe struct Avx2Bytes(Vector256<int> low, Vector256<int> high) : IByteLanes<Avx2Bytes>
{
    private readonly Vector256<int> _low = low;
    private readonly Vector256<int> _high = high;

    public static int Columns => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Avx2Bytes Dot(Avx2Bytes sum, byte* activations, sbyte* weights) => new(
        sum._low + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(activations), Avx2.ConvertToVector256Int16(weights)),
        sum._high + Avx2.MultiplyAddAdjacent(Avx2.ConvertToVector256Int16(activations + 16), Avx2.ConvertToVector256Int16(weights + 16)));

    public static int Sum(Avx2Bytes sum) => Vector256.Sum(sum._low + sum._high);
}

/// <summary>128-bit vectors and plain integer operations only: any processor. 255 times -128 fits in 16 bits, so products are exact.</summary>
internal readonly unsafe struct PlainBytes(Vector128<int> low, Vector128<int> high) : IByteLanes<PlainBytes>
{
    private readonly Vector128<int> _low = low;
    private readonly Vector128<int> _high = high;

    public static int Columns => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PlainBytes Dot(PlainBytes sum, byte* activations, sbyte* weights)
    {
        var (a0, a1) = Vector128.Widen(Vector128.Load(activations));
        var (w0, w1) = Vector128.Widen(Vector128.Load(weights));
        var (p0, p1) = Vector128.Widen(a0.AsInt16() * w0);
        var (p2, p3) = Vector128.Widen(a1.AsInt16() * w1);
        return new(sum._low + p0 + p2, sum._high + p1 + p3);
    }

    public static int Sum(PlainBytes sum) => Vector128.Sum(sum._low + sum._high);
}
