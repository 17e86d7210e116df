using System.Runtime.CompilerServices;

namespace Colibri.Kernels.Lanes;

// tanh and erf: odd, so both are a polynomial in x^2 near zero and an exponential of the magnitude elsewhere. The
// coefficients were fitted for the least largest error (Lawson's iteration in 40 digits), then rounded to float32.
internal static partial class LaneMath
{
    // (tanh(x) / x - 1) / x^2 in x^2 up to 0.625^2, to 4e-9; behind it tanh(x) = 1 - 2 / (exp(2 x) + 1).
    private const float TanhNear = 0.625f;
    private const float T0 = -0.33333284f;
    private const float T1 = 0.13331491f;
    private const float T2 = -0.053743422f;
    private const float T3 = 0.020650338f;
    private const float T4 = -0.0057167608f;

    // erf(x) / x - 1 in x^2 up to 0.93^2, to 2e-8.
    private const float ErfNear = 0.927f;
    private const float S0 = 0.12837915f;
    private const float S1 = -0.37612495f;
    private const float S2 = 0.112818025f;
    private const float S3 = -0.026765564f;
    private const float S4 = 0.0049909777f;
    private const float S5 = -0.00059768814f;

    // (ln(erfc(x)) + x) / x in x from 0.92 to 4, to 7e-10 of 1; from 4 on erf is 1.
    private const float ErfEnd = 4;
    private const float L0 = -0.12865217f;
    private const float L1 = -0.6351359f;
    private const float L2 = -0.10626324f;
    private const float L3 = 0.023785427f;
    private const float L4 = -0.0036538041f;
    private const float L5 = 0.000325663f;
    private const float L6 = -1.1523367e-5f;

    /// <summary>The hyperbolic tangent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Tanh<T>(T x) where T : unmanaged, ILanes<T>
    {
        var magnitude = T.Abs(x);
        var square = x * x;
        var p = T.MultiplyAdd(T.Broadcast(T4), square, T.Broadcast(T3));
        p = T.MultiplyAdd(p, square, T.Broadcast(T2));
        p = T.MultiplyAdd(p, square, T.Broadcast(T1));
        p = T.MultiplyAdd(p, square, T.Broadcast(T0));
        var near = T.MultiplyAdd(x * square, p, x);
        var far = T.Broadcast(1) - T.Broadcast(2) / (Exp(magnitude + magnitude) + T.Broadcast(1));
        far = T.SelectLess(x, T.Zero, T.Zero - far, far);
        return T.SelectLess(magnitude, T.Broadcast(TanhNear), near, far);
    }

    /// <summary>The hyperbolic tangent; the same bits as the lanes give.</summary>
    public static float Tanh(float x)
    {
        var magnitude = MathF.Abs(x);
        if (!(magnitude < TanhNear))
        {
            var far = 1 - 2 / (Exp(magnitude + magnitude) + 1);
            return x < 0 ? 0 - far : far;
        }

        var square = x * x;
        var p = MathF.FusedMultiplyAdd(T4, square, T3);
        p = MathF.FusedMultiplyAdd(p, square, T2);
        p = MathF.FusedMultiplyAdd(p, square, T1);
        p = MathF.FusedMultiplyAdd(p, square, T0);
        return MathF.FusedMultiplyAdd(x * square, p, x);
    }

    /// <summary>The error function.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Erf<T>(T x) where T : unmanaged, ILanes<T> =>
        T.SelectLess(T.Abs(x), T.Broadcast(ErfNear), ErfOfSmall(x), ErfOfLarge(x));

    /// <summary>The error function; the same bits as the lanes give.</summary>
    public static float Erf(float x)
    {
        var magnitude = MathF.Abs(x);
        if (magnitude < ErfNear)
        {
            return ErfOfSmall(x);
        }

        magnitude = ErfEnd < magnitude ? ErfEnd : magnitude;
        var p = MathF.FusedMultiplyAdd(L6, magnitude, L5);
        p = MathF.FusedMultiplyAdd(p, magnitude, L4);
        p = MathF.FusedMultiplyAdd(p, magnitude, L3);
        p = MathF.FusedMultiplyAdd(p, magnitude, L2);
        p = MathF.FusedMultiplyAdd(p, magnitude, L1);
        p = MathF.FusedMultiplyAdd(p, magnitude, L0);
        var far = 1 - Exp(MathF.FusedMultiplyAdd(p, magnitude, 0 - magnitude));
        return x < 0 ? 0 - far : far;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ErfOfSmall<T>(T x) where T : unmanaged, ILanes<T>
    {
        var square = x * x;
        var p = T.MultiplyAdd(T.Broadcast(S5), square, T.Broadcast(S4));
        p = T.MultiplyAdd(p, square, T.Broadcast(S3));
        p = T.MultiplyAdd(p, square, T.Broadcast(S2));
        p = T.MultiplyAdd(p, square, T.Broadcast(S1));
        p = T.MultiplyAdd(p, square, T.Broadcast(S0));
        return T.MultiplyAdd(p, x, x);
    }

    private static float ErfOfSmall(float x)
    {
        var square = x * x;
        var p = MathF.FusedMultiplyAdd(S5, square, S4);
        p = MathF.FusedMultiplyAdd(p, square, S3);
        p = MathF.FusedMultiplyAdd(p, square, S2);
        p = MathF.FusedMultiplyAdd(p, square, S1);
        p = MathF.FusedMultiplyAdd(p, square, S0);
        return MathF.FusedMultiplyAdd(p, x, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T ErfOfLarge<T>(T x) where T : unmanaged, ILanes<T>
    {
        var magnitude = T.Abs(x);
        magnitude = T.SelectLess(T.Broadcast(ErfEnd), magnitude, T.Broadcast(ErfEnd), magnitude);
        var p = T.MultiplyAdd(T.Broadcast(L6), magnitude, T.Broadcast(L5));
        p = T.MultiplyAdd(p, magnitude, T.Broadcast(L4));
        p = T.MultiplyAdd(p, magnitude, T.Broadcast(L3));
        p = T.MultiplyAdd(p, magnitude, T.Broadcast(L2));
        p = T.MultiplyAdd(p, magnitude, T.Broadcast(L1));
        p = T.MultiplyAdd(p, magnitude, T.Broadcast(L0));
        var far = T.Broadcast(1) - ExpNegative(T.MultiplyAdd(p, magnitude, T.Zero - magnitude));
        return T.SelectLess(x, T.Zero, T.Zero - far, far);
    }
}
