using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// <see cref="PanelProduct{T}"/> in 256-bit vectors for whole fours of columns: up to three rows of activations by half a panel, so that
/// twelve chains, what they read and nothing else fill sixteen registers.
/// </summary>
internal static unsafe class HalfPanelProduct
{
    private const int Quad = 4 * MatMulKernel.Panel;

    /// <summary>Two rows or more against a panel, three at a time, but the last four as two and two; arguments as those of <see cref="PanelProduct{T}.Rows"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh)
    {
        for (; rows is 3 or > 4; rows -= 3, a += 3 * aStride, y += 3 * yStride)
        {
            Half<ThreeRows>(a, aStride, panel, columns, y, yStride, fresh);
            Half<ThreeRows>(a, aStride, panel + 8, columns, y + 8, yStride, fresh);
        }

        for (; rows >= 2; rows -= 2, a += 2 * aStride, y += 2 * yStride)
        {
            Half<TwoRows>(a, aStride, panel, columns, y, yStride, fresh);
            Half<TwoRows>(a, aStride, panel + 8, columns, y + 8, yStride, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half<TRows>(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, bool fresh) where TRows : unmanaged, IRowCount
    {
        var (s0, s1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (s2, s3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (t0, t1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (t2, t3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (u0, u1) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var (u2, u3) = (Vector256<float>.Zero, Vector256<float>.Zero);
        var b = a + aStride;
        var c = b + aStride;
        for (var quad = columns / 4; quad > 0; quad--, panel += Quad)
        {
            var (p, q, r) = (Four(a), Four(b), TRows.Count < 3 ? default : Four(c));
            a += 4;
            b += 4;
            c += 4;
            var w = Vector256.Load(panel);
            s0 = Vector256.FusedMultiplyAdd(p, w, s0);
            t0 = Vector256.FusedMultiplyAdd(q, w, t0);
            u0 = TRows.Count < 3 ? u0 : Vector256.FusedMultiplyAdd(r, w, u0);
            w = Vector256.Load(panel + 16);
            s1 = Vector256.FusedMultiplyAdd(p, w, s1);
            t1 = Vector256.FusedMultiplyAdd(q, w, t1);
            u1 = TRows.Count < 3 ? u1 : Vector256.FusedMultiplyAdd(r, w, u1);
            w = Vector256.Load(panel + 32);
            s2 = Vector256.FusedMultiplyAdd(p, w, s2);
            t2 = Vector256.FusedMultiplyAdd(q, w, t2);
            u2 = TRows.Count < 3 ? u2 : Vector256.FusedMultiplyAdd(r, w, u2);
            w = Vector256.Load(panel + 48);
            s3 = Vector256.FusedMultiplyAdd(p, w, s3);
            t3 = Vector256.FusedMultiplyAdd(q, w, t3);
            u3 = TRows.Count < 3 ? u3 : Vector256.FusedMultiplyAdd(r, w, u3);
        }

        Finish(QuarterSums.Of(s0, s1, s2, s3), y, fresh);
        Finish(QuarterSums.Of(t0, t1, t2, t3), y + yStride, fresh);
        if (TRows.Count > 2)
        {
            Finish(QuarterSums.Of(u0, u1, u2, u3), y + 2 * yStride, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Four(float* a) => Vector256.Create(Vector128.Load(a));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(Vector256<float> sum, float* y, bool fresh) => (fresh ? sum : Vector256.Load(y) + sum).Store(y);
}
