using System.Runtime.CompilerServices;

namespace Colibri.Kernels.Lanes;

/// <summary>
/// Exponentials and what is built from them, over lanes and as scalars with the very same operations, so that both give
/// the same bits. Largest errors in units in the last place, held by tests over dense samples: exp 2 (-87.33 to 88.37; below
/// it is 0, above infinite), tanh 2, erf 2.
/// </summary>
internal static partial class LaneMath
{
    // exp(x) = 2^n * p(r) with n = round(x / ln 2) and r = x - n ln 2 in two parts. Adding a number of 1.5 * 2^23 rounds, and
    // with 127 more its lowest bits are the exponent field of 2^n. p is 1 + r + r^2 times a polynomial of degree 4 fitted
    // for the least largest error, 3e-9 for |r| <= ln 2 / 2.
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float Rounder = 12582912 + 127;
    private const float C2 = 0.49999994f;
    private const float C3 = 0.1666652f;
    private const float C4 = 0.041668393f;
    private const float C5 = 0.008368782f;
    private const float C6 = 0.0013814454f;
    private const float Lowest = -87.33f;
    private const float Highest = 88.37f;

    // sqrt(2 / pi) and the cubic coefficient of GELU's tanh form (Hendrycks and Gimpel 2016).
    private const float GeluScale = 0.7978845608f;
    private const float GeluCubic = 0.044715f;
    private const float InverseRootOfTwo = 0.70710678f;

    /// <summary>e to the power of x.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Exp<T>(T x) where T : unmanaged, ILanes<T> =>
        T.SelectLess(T.Broadcast(Highest), x, T.Broadcast(float.PositiveInfinity), ExpNegative(x));

    /// <summary>e to the power of x for numbers that are not above 88; the same bits as <see cref="Exp{T}(T)"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T ExpNegative<T>(T x) where T : unmanaged, ILanes<T>
    {
        var t = T.MultiplyAdd(x, T.Broadcast(Log2E), T.Broadcast(Rounder));
        var n = t - T.Broadcast(Rounder);
        var r = T.MultiplyAdd(n, T.Broadcast(-Ln2High), x);
        r = T.MultiplyAdd(n, T.Broadcast(-Ln2Low), r);
        var p = T.MultiplyAdd(T.Broadcast(C6), r, T.Broadcast(C5));
        p = T.MultiplyAdd(p, r, T.Broadcast(C4));
        p = T.MultiplyAdd(p, r, T.Broadcast(C3));
        p = T.MultiplyAdd(p, r, T.Broadcast(C2));
        p = T.MultiplyAdd(p, r, T.Broadcast(1));
        p = T.MultiplyAdd(p, r, T.Broadcast(1));
        return T.SelectLess(x, T.Broadcast(Lowest), T.Zero, p * T.LowestToExponent(t));
    }

    /// <summary>e to the power of x; the same bits as the lanes give.</summary>
    public static float Exp(float x)
    {
        if (x < Lowest)
        {
            return 0;
        }

        if (x > Highest)
        {
            return float.PositiveInfinity;
        }

        if (float.IsNaN(x))
        {
            return x;
        }

        var t = MathF.FusedMultiplyAdd(x, Log2E, Rounder);
        var n = t - Rounder;
        var r = MathF.FusedMultiplyAdd(n, -Ln2High, x);
        r = MathF.FusedMultiplyAdd(n, -Ln2Low, r);
        var p = MathF.FusedMultiplyAdd(C6, r, C5);
        p = MathF.FusedMultiplyAdd(p, r, C4);
        p = MathF.FusedMultiplyAdd(p, r, C3);
        p = MathF.FusedMultiplyAdd(p, r, C2);
        p = MathF.FusedMultiplyAdd(p, r, 1);
        p = MathF.FusedMultiplyAdd(p, r, 1);
        return p * BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(t) << 23);
    }

    /// <summary>x * sigmoid(x), also called swish.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Silu<T>(T x) where T : unmanaged, ILanes<T>
    {
        x = Finite(x);
        return x / (T.Broadcast(1) + Exp(T.Zero - x));
    }

    /// <summary>x * sigmoid(x).</summary>
    public static float Silu(float x)
    {
        x = Finite(x);
        return x / (1 + Exp(0 - x));
    }

    /// <summary>GELU in its tanh form: x / 2 * (1 + tanh(u)) = x * sigmoid(2 u).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T GeluTanh<T>(T x) where T : unmanaged, ILanes<T>
    {
        x = Finite(x);
        var cubic = T.MultiplyAdd(x * x, T.Broadcast(GeluCubic), T.Broadcast(1));
        var twice = x * T.Broadcast(-2 * GeluScale) * cubic;
        return x / (T.Broadcast(1) + Exp(twice));
    }

    /// <summary>GELU in its tanh form.</summary>
    public static float GeluTanh(float x)
    {
        x = Finite(x);
        var cubic = MathF.FusedMultiplyAdd(x * x, GeluCubic, 1);
        var twice = x * (-2 * GeluScale) * cubic;
        return x / (1 + Exp(twice));
    }

    // Both functions go to -0 at negative infinity, where the quotient would be infinite over infinite. NaN stays NaN.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Finite<T>(T x) where T : unmanaged, ILanes<T> => T.Max(T.Broadcast(float.MinValue), x);

    private static float Finite(float x) => LaneTree.Larger(float.MinValue, x);

    /// <summary>GELU in its exact form: x / 2 * (1 + erf(x / sqrt(2))).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Gelu<T>(T x) where T : unmanaged, ILanes<T>
    {
        x = Finite(x);
        return x * T.Broadcast(0.5f) * (T.Broadcast(1) + Erf(x * T.Broadcast(InverseRootOfTwo)));
    }

    /// <summary>GELU in its exact form.</summary>
    public static float Gelu(float x)
    {
        x = Finite(x);
        return x * 0.5f * (1 + Erf(x * InverseRootOfTwo));
    }
}
