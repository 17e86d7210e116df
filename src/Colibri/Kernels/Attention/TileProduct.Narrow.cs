using System.Runtime.CompilerServices;

namespace Colibri.Kernels.Attention;

// Blocks of sixteen columns, and single rows.
internal static unsafe partial class TileProduct<T>
{
    /// <summary>Six rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SixByOne(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0, s1, s2, s3, s4, s5;
        if (factors == null)
        {
            s0 = T.Zero;
            s1 = T.Zero;
            s2 = T.Zero;
            s3 = T.Zero;
            s4 = T.Zero;
            s5 = T.Zero;
        }
        else
        {
            var from = c;
            s0 = T.Load(from) * T.Broadcast(factors[0]);
            from += cStride;
            s1 = T.Load(from) * T.Broadcast(factors[1]);
            from += cStride;
            s2 = T.Load(from) * T.Broadcast(factors[2]);
            from += cStride;
            s3 = T.Load(from) * T.Broadcast(factors[3]);
            from += cStride;
            s4 = T.Load(from) * T.Broadcast(factors[4]);
            from += cStride;
            s5 = T.Load(from) * T.Broadcast(factors[5]);
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            s0 = T.MultiplyAdd(T.Broadcast(a[0]), b0, s0);
            s1 = T.MultiplyAdd(T.Broadcast(a[Stride]), b0, s1);
            s2 = T.MultiplyAdd(T.Broadcast(a[2 * Stride]), b0, s2);
            s3 = T.MultiplyAdd(T.Broadcast(a[3 * Stride]), b0, s3);
            s4 = T.MultiplyAdd(T.Broadcast(a[4 * Stride]), b0, s4);
            s5 = T.MultiplyAdd(T.Broadcast(a[5 * Stride]), b0, s5);
            Fetch(b + ahead);
            a++;
            b += bStride;
        }

        T.Store(s0, c);
        c += cStride;
        T.Store(s1, c);
        c += cStride;
        T.Store(s2, c);
        c += cStride;
        T.Store(s3, c);
        c += cStride;
        T.Store(s4, c);
        c += cStride;
        T.Store(s5, c);
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0, s1, s2, s3;
        if (factors == null)
        {
            s0 = T.Zero;
            s1 = T.Zero;
            s2 = T.Zero;
            s3 = T.Zero;
        }
        else
        {
            var from = c;
            s0 = T.Load(from) * T.Broadcast(factors[0]);
            from += cStride;
            s1 = T.Load(from) * T.Broadcast(factors[1]);
            from += cStride;
            s2 = T.Load(from) * T.Broadcast(factors[2]);
            from += cStride;
            s3 = T.Load(from) * T.Broadcast(factors[3]);
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            s0 = T.MultiplyAdd(T.Broadcast(a[0]), b0, s0);
            s1 = T.MultiplyAdd(T.Broadcast(a[Stride]), b0, s1);
            s2 = T.MultiplyAdd(T.Broadcast(a[2 * Stride]), b0, s2);
            s3 = T.MultiplyAdd(T.Broadcast(a[3 * Stride]), b0, s3);
            Fetch(b + ahead);
            a++;
            b += bStride;
        }

        T.Store(s0, c);
        c += cStride;
        T.Store(s1, c);
        c += cStride;
        T.Store(s2, c);
        c += cStride;
        T.Store(s3, c);
    }

    /// <summary>One row, four times sixteen columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0a, s0b, s0c, s0d;
        if (factors == null)
        {
            s0a = s0b = s0c = s0d = T.Zero;
        }
        else
        {
            var f0 = T.Broadcast(factors[0]);
            s0a = T.Load(c) * f0;
            s0b = T.Load(c + 16) * f0;
            s0c = T.Load(c + 32) * f0;
            s0d = T.Load(c + 48) * f0;
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            var b1 = T.Load(b + 16);
            var b2 = T.Load(b + 32);
            var b3 = T.Load(b + 48);
            var a0 = T.Broadcast(a[0]);
            s0a = T.MultiplyAdd(b0, a0, s0a);
            s0b = T.MultiplyAdd(b1, a0, s0b);
            s0c = T.MultiplyAdd(b2, a0, s0c);
            s0d = T.MultiplyAdd(b3, a0, s0d);
            Fetch(b + ahead);
            Fetch(b + ahead + 16);
            Fetch(b + ahead + 32);
            Fetch(b + ahead + 48);
            a++;
            b += bStride;
        }

        T.Store(s0a, c);
        T.Store(s0b, c + 16);
        T.Store(s0c, c + 32);
        T.Store(s0d, c + 48);
    }

    /// <summary>One row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0;
        if (factors == null)
        {
            s0 = T.Zero;
        }
        else
        {
            s0 = T.Load(c) * T.Broadcast(factors[0]);
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            s0 = T.MultiplyAdd(T.Broadcast(a[0]), b0, s0);
            Fetch(b + ahead);
            a++;
            b += bStride;
        }

        T.Store(s0, c);
    }
}
