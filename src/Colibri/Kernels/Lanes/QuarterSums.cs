using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Kernels.Lanes;

/// <summary>Adds up four neighbours of four registers at a time: (x0 + x1) + (x2 + x3), the same in every width.</summary>
internal static class QuarterSums
{
    // Which of four values a shuffle takes of each of its two arguments.
    private const byte Even = 0b10_00_10_00;
    private const byte Odd = 0b11_01_11_01;

    /// <summary>The sums of a, b, c and d.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d)
    {
        if (Sse.IsSupported)
        {
            var ab = Sse.Shuffle(a, b, Even) + Sse.Shuffle(a, b, Odd);
            var cd = Sse.Shuffle(c, d, Even) + Sse.Shuffle(c, d, Odd);
            return Sse.Shuffle(ab, cd, Even) + Sse.Shuffle(ab, cd, Odd);
        }

        return AdvSimd.Arm64.IsSupported
            ? AdvSimd.Arm64.AddPairwise(AdvSimd.Arm64.AddPairwise(a, b), AdvSimd.Arm64.AddPairwise(c, d))
            : Vector128.Create(One(a), One(b), One(c), One(d));
    }

    /// <summary>The same in each half.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Of(Vector256<float> a, Vector256<float> b, Vector256<float> c, Vector256<float> d)
    {
        if (Avx.IsSupported)
        {
            var ab = Avx.Shuffle(a, b, Even) + Avx.Shuffle(a, b, Odd);
            var cd = Avx.Shuffle(c, d, Even) + Avx.Shuffle(c, d, Odd);
            return Avx.Shuffle(ab, cd, Even) + Avx.Shuffle(ab, cd, Odd);
        }

        return Vector256.Create(Of(a.GetLower(), b.GetLower(), c.GetLower(), d.GetLower()), Of(a.GetUpper(), b.GetUpper(), c.GetUpper(), d.GetUpper()));
    }

    /// <summary>The same in each quarter.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        if (Avx512F.IsSupported)
        {
            var ab = Avx512F.Shuffle(a, b, Even) + Avx512F.Shuffle(a, b, Odd);
            var cd = Avx512F.Shuffle(c, d, Even) + Avx512F.Shuffle(c, d, Odd);
            return Avx512F.Shuffle(ab, cd, Even) + Avx512F.Shuffle(ab, cd, Odd);
        }

        return Vector512.Create(Of(a.GetLower(), b.GetLower(), c.GetLower(), d.GetLower()), Of(a.GetUpper(), b.GetUpper(), c.GetUpper(), d.GetUpper()));
    }

    private static float One(Vector128<float> v) => (v[0] + v[1]) + (v[2] + v[3]);
}
