using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Kernels.Lanes;

/// <summary>
/// The one order in which sixteen lanes become one value: i with i + 8, then 4, 2 and 1 apart. The scalar forms are what
/// the reference kernels use.
/// </summary>
internal static class LaneTree
{
    /// <summary>The sum of eight partial sums (lanes already added 8 apart).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> v) => Sum(v.GetLower(), v.GetUpper());

    /// <summary>The sum of eight partial sums as two halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector128<float> low, Vector128<float> high)
    {
        var four = low + high;
        return (four[0] + four[2]) + (four[1] + four[3]);
    }

    /// <summary>The largest of eight values as two halves.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector128<float> low, Vector128<float> high)
    {
        // In vectors to the end: a comparison of two floats would be a branch, which nobody foresees.
        var four = Larger(low, high);
        var two = Larger(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 2, 3)));
        return Larger(two, Vector128.Shuffle(two, Vector128.Create(1, 1, 1, 1))).ToScalar();
    }

    /// <summary>The sum of sixteen lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Sum(ReadOnlySpan<float> lanes)
    {
        Span<float> s = stackalloc float[8];
        for (var i = 0; i < 8; i++)
        {
            s[i] = lanes[i] + lanes[i + 8];
        }

        for (var i = 0; i < 4; i++)
        {
            s[i] += s[i + 4];
        }

        return (s[0] + s[2]) + (s[1] + s[3]);
    }

    /// <summary>The larger of two; with a NaN the second, as the vector form.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Larger(float a, float b) => a > b ? a : b;

    /// <summary>The same for each of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Larger(Vector128<float> a, Vector128<float> b) => Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), a, b);
}
