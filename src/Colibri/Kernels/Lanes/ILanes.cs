namespace Colibri.Kernels.Lanes;

/// <summary>
/// Sixteen float32 values that are computed side by side, whatever the processor's width: one 512-bit register, two of
/// 256 bits or four of 128. Kernels are written once over this type. Every operation is the IEEE one on each value and
/// sums have one fixed order, so all widths give the same bits.
/// </summary>
internal unsafe interface ILanes<T> where T : unmanaged, ILanes<T>
{
    /// <summary>Registers that sixteen lanes take: 1, 2 or 4; known when code is compiled.</summary>
    static abstract int Registers { get; }

    /// <summary>All zero.</summary>
    static abstract T Zero { get; }

    /// <summary>Reads 16 values; no alignment is needed.</summary>
    static abstract T Load(float* source);

    /// <summary>Writes 16 values; no alignment is needed.</summary>
    static abstract void Store(T value, float* target);

    /// <summary>The same value 16 times.</summary>
    static abstract T Broadcast(float value);

    /// <summary>Four values, one after the other, in every quarter.</summary>
    static abstract T BroadcastFour(float* source);

    /// <summary>
    /// Adds up the four values x of each quarter, (x0 + x1) + (x2 + x3): lane 4 q + j is the sum of quarter q of the j-th argument.
    /// </summary>
    static abstract T SumQuarters(T a, T b, T c, T d);

    /// <summary>a * b + c, rounded once.</summary>
    static abstract T MultiplyAdd(T a, T b, T c);

    /// <summary>The larger of two numbers; with a NaN the second one.</summary>
    static abstract T Max(T a, T b);

    /// <summary>
    /// The larger of two numbers by the processor's own instruction: with a NaN, or zeros of both signs, either of them.
    /// </summary>
    static abstract T Larger(T a, T b);

    /// <summary>Magnitudes.</summary>
    static abstract T Abs(T a);

    /// <summary>Rounded to the nearest whole number, halves to even.</summary>
    static abstract T Round(T a);

    /// <summary>Two to the power of a whole number from -126 to 127.</summary>
    static abstract T PowerOfTwo(T exponent);

    /// <summary>The bits moved up by 23: a whole number in the lowest places becomes a power of two.</summary>
    static abstract T LowestToExponent(T a);

    /// <summary>16 halves as float32, exactly; no alignment is needed.</summary>
    static abstract T LoadHalves(ushort* source);

    /// <summary>16 signed bytes as float32; no alignment is needed.</summary>
    static abstract T LoadBytes(sbyte* source);

    /// <summary>whenTrue where a is less than b, otherwise whenFalse (also with a NaN).</summary>
    static abstract T SelectLess(T a, T b, T whenTrue, T whenFalse);

    /// <summary>Neighbours exchanged: 1, 0, 3, 2, ...</summary>
    static abstract T SwapPairs(T a);

    /// <summary>The sum, as the tree i + (i + 8), then 4, 2, 1 apart.</summary>
    static abstract float Sum(T a);

    /// <summary>The largest, by the same tree.</summary>
    static abstract float LargestOf(T a);

    /// <summary>The largest; where there is a NaN, it or the largest of some others.</summary>
    static abstract float Largest(T a);

    /// <summary>Narrows whole numbers within -128..127 to bytes.</summary>
    static abstract void StoreBytes(T a, sbyte* target);

    /// <summary>Adds.</summary>
    static abstract T operator +(T a, T b);

    /// <summary>Subtracts.</summary>
    static abstract T operator -(T a, T b);

    /// <summary>Multiplies.</summary>
    static abstract T operator *(T a, T b);

    /// <summary>Divides.</summary>
    static abstract T operator /(T a, T b);
}
