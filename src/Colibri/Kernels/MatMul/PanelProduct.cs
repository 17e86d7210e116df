using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 inner loop of matrix products: c[r, 0..15] += sum over k of a[r, k] * b[k, 0..15], one fused
/// multiply-add chain per output with k ascending, so the number of rows taken together changes no bit.
/// </summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal static unsafe class PanelProduct<T> where T : unmanaged, ILanes<T>
{
    /// <summary>Any number of rows against one panel.</summary>
    /// <param name="a">Rows of coefficients.</param>
    /// <param name="aStride">Values from one row of a to the next.</param>
    /// <param name="b">Panel rows of 16 values.</param>
    /// <param name="bStride">Values from one panel row to the next.</param>
    /// <param name="depth">How many panel rows.</param>
    /// <param name="c">Results, read first unless <paramref name="fresh"/>.</param>
    /// <param name="cStride">Values from one result row to the next.</param>
    /// <param name="rows">How many rows of a and c.</param>
    /// <param name="fresh">Whether sums start at zero.</param>
    public static void Rows(float* a, nint aStride, float* b, nint bStride, int depth, float* c, nint cStride, int rows, bool fresh)
    {
        var r = 0;
        // Eight accumulators cover the latency of a fused multiply-add (4 cycles, two a cycle).
        for (; r + 8 <= rows; r += 8)
        {
            Eight(a + r * aStride, aStride, b, bStride, depth, c + r * cStride, cStride, fresh);
        }

        for (; r + 4 <= rows; r += 4)
        {
            Four(a + r * aStride, aStride, b, bStride, depth, c + r * cStride, cStride, fresh);
        }

        for (; r < rows; r++)
        {
            One(a + r * aStride, b, bStride, depth, c + r * cStride, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, float* b, nint bStride, int depth, float* c, bool fresh)
    {
        var s = fresh ? T.Zero : T.Load(c);
        for (var k = 0; k < depth; k++, b += bStride)
        {
            s = T.MultiplyAdd(T.Broadcast(a[k]), T.Load(b), s);
        }

        T.Store(s, c);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* a, nint aStride, float* b, nint bStride, int depth, float* c, nint cStride, bool fresh)
    {
        var a1 = a + aStride;
        var a2 = a + 2 * aStride;
        var a3 = a + 3 * aStride;
        var s0 = fresh ? T.Zero : T.Load(c);
        var s1 = fresh ? T.Zero : T.Load(c + cStride);
        var s2 = fresh ? T.Zero : T.Load(c + 2 * cStride);
        var s3 = fresh ? T.Zero : T.Load(c + 3 * cStride);
        for (var k = 0; k < depth; k++, b += bStride)
        {
            var v = T.Load(b);
            s0 = T.MultiplyAdd(T.Broadcast(a[k]), v, s0);
            s1 = T.MultiplyAdd(T.Broadcast(a1[k]), v, s1);
            s2 = T.MultiplyAdd(T.Broadcast(a2[k]), v, s2);
            s3 = T.MultiplyAdd(T.Broadcast(a3[k]), v, s3);
        }

        T.Store(s0, c);
        T.Store(s1, c + cStride);
        T.Store(s2, c + 2 * cStride);
        T.Store(s3, c + 3 * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(float* a, nint aStride, float* b, nint bStride, int depth, float* c, nint cStride, bool fresh)
    {
        var a1 = a + aStride;
        var a2 = a + 2 * aStride;
        var a3 = a + 3 * aStride;
        var a4 = a + 4 * aStride;
        var a5 = a + 5 * aStride;
        var a6 = a + 6 * aStride;
        var a7 = a + 7 * aStride;
        var s0 = fresh ? T.Zero : T.Load(c);
        var s1 = fresh ? T.Zero : T.Load(c + cStride);
        var s2 = fresh ? T.Zero : T.Load(c + 2 * cStride);
        var s3 = fresh ? T.Zero : T.Load(c + 3 * cStride);
        var s4 = fresh ? T.Zero : T.Load(c + 4 * cStride);
        var s5 = fresh ? T.Zero : T.Load(c + 5 * cStride);
        var s6 = fresh ? T.Zero : T.Load(c + 6 * cStride);
        var s7 = fresh ? T.Zero : T.Load(c + 7 * cStride);
        for (var k = 0; k < depth; k++, b += bStride)
        {
            var v = T.Load(b);
            s0 = T.MultiplyAdd(T.Broadcast(a[k]), v, s0);
            s1 = T.MultiplyAdd(T.Broadcast(a1[k]), v, s1);
            s2 = T.MultiplyAdd(T.Broadcast(a2[k]), v, s2);
            s3 = T.MultiplyAdd(T.Broadcast(a3[k]), v, s3);
            s4 = T.MultiplyAdd(T.Broadcast(a4[k]), v, s4);
            s5 = T.MultiplyAdd(T.Broadcast(a5[k]), v, s5);
            s6 = T.MultiplyAdd(T.Broadcast(a6[k]), v, s6);
            s7 = T.MultiplyAdd(T.Broadcast(a7[k]), v, s7);
        }

        T.Store(s0, c);
        T.Store(s1, c + cStride);
        T.Store(s2, c + 2 * cStride);
        T.Store(s3, c + 3 * cStride);
        T.Store(s4, c + 4 * cStride);
        T.Store(s5, c + 5 * cStride);
        T.Store(s6, c + 6 * cStride);
        T.Store(s7, c + 7 * cStride);
    }
}
