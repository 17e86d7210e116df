using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 inner loop of matrix products: rows of activations by a stretch of a panel (<see cref="QuadPanel"/>), in the
/// order of operations that <see cref="MatMulKernel"/> states.
/// </summary>
/// <remarks>
/// Sixteen outputs are four times sixteen lanes. In 512-bit registers two rows together make eight accumulators, which cover
/// the latency of a fused multiply-add (4 cycles, two a cycle); in narrower ones a row alone has at least as many.
/// </remarks>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal static unsafe class PanelProduct<T> where T : unmanaged, ILanes<T>
{
    private const int Quad = 4 * MatMulKernel.Panel;

    /// <summary>Any number of rows against one panel.</summary>
    /// <param name="a">Rows of activations, at the stretch's first column.</param>
    /// <param name="aStride">Values from one row of a to the next.</param>
    /// <param name="panel">The panel.</param>
    /// <param name="columns">Columns of the stretch.</param>
    /// <param name="y">Sixteen results a row, read first unless <paramref name="fresh"/>.</param>
    /// <param name="yStride">Values from one row of results to the next.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="fresh">Whether this is the first stretch.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh)
    {
        if (T.Registers == 2 && columns % 4 == 0 && rows > 1)
        {
            HalfPanelProduct.Rows(a, aStride, panel, columns, y, yStride, rows, fresh);
            return;
        }

        var r = 0;
        for (; T.Registers == 1 && r + 2 <= rows; r += 2, a += 2 * aStride, y += 2 * yStride)
        {
            Two(a, aStride, panel, columns, y, yStride, fresh);
        }

        for (; r < rows; r++, a += aStride, y += yStride)
        {
            One(a, panel, columns, y, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, float* panel, int columns, float* y, bool fresh)
    {
        var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var whole = columns / 4;
        for (var quad = 0; quad < whole; quad++, a += 4, panel += Quad)
        {
            var x = T.BroadcastFour(a);
            s0 = T.MultiplyAdd(x, T.Load(panel), s0);
            s1 = T.MultiplyAdd(x, T.Load(panel + 16), s1);
            s2 = T.MultiplyAdd(x, T.Load(panel + 32), s2);
            s3 = T.MultiplyAdd(x, T.Load(panel + 48), s3);
        }

        if (columns % 4 != 0)
        {
            var x = Last(a, columns % 4);
            s0 = T.MultiplyAdd(x, T.Load(panel), s0);
            s1 = T.MultiplyAdd(x, T.Load(panel + 16), s1);
            s2 = T.MultiplyAdd(x, T.Load(panel + 32), s2);
            s3 = T.MultiplyAdd(x, T.Load(panel + 48), s3);
        }

        Finish(T.SumQuarters(s0, s1, s2, s3), y, fresh);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Two(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, bool fresh)
    {
        var b = a + aStride;
        var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (t0, t1, t2, t3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var k = 0; k < columns; k += 4, panel += Quad)
        {
            var (x, z) = k + 4 <= columns ? (T.BroadcastFour(a + k), T.BroadcastFour(b + k)) : (Last(a + k, columns - k), Last(b + k, columns - k));
            var w = T.Load(panel);
            s0 = T.MultiplyAdd(x, w, s0);
            t0 = T.MultiplyAdd(z, w, t0);
            w = T.Load(panel + 16);
            s1 = T.MultiplyAdd(x, w, s1);
            t1 = T.MultiplyAdd(z, w, t1);
            w = T.Load(panel + 32);
            s2 = T.MultiplyAdd(x, w, s2);
            t2 = T.MultiplyAdd(z, w, t2);
            w = T.Load(panel + 48);
            s3 = T.MultiplyAdd(x, w, s3);
            t3 = T.MultiplyAdd(z, w, t3);
        }

        Finish(T.SumQuarters(s0, s1, s2, s3), y, fresh);
        Finish(T.SumQuarters(t0, t1, t2, t3), y + yStride, fresh);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(T sum, float* y, bool fresh) => T.Store(fresh ? sum : T.Load(y) + sum, y);

    // Up to three values and zeros behind them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static T Last(float* values, int count)
    {
        var four = stackalloc float[4];
        for (var i = 0; i < 4; i++)
        {
            four[i] = i < count ? values[i] : 0;
        }

        return T.BroadcastFour(four);
    }
}
