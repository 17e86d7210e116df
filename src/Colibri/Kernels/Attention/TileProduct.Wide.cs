using System.Runtime.CompilerServices;

namespace Colibri.Kernels.Attention;

// Blocks of two times sixteen columns, for processors whose registers hold sixteen lanes.
internal static unsafe partial class TileProduct<T>
{
    /// <summary>Twelve rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwelveByTwo(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b, s4a, s4b, s5a, s5b, s6a, s6b, s7a, s7b, s8a, s8b, s9a, s9b, s10a, s10b, s11a, s11b;
        if (factors == null)
        {
            s0a = s0b = T.Zero;
            s1a = s1b = T.Zero;
            s2a = s2b = T.Zero;
            s3a = s3b = T.Zero;
            s4a = s4b = T.Zero;
            s5a = s5b = T.Zero;
            s6a = s6b = T.Zero;
            s7a = s7b = T.Zero;
            s8a = s8b = T.Zero;
            s9a = s9b = T.Zero;
            s10a = s10b = T.Zero;
            s11a = s11b = T.Zero;
        }
        else
        {
            var from = c;
            var f0 = T.Broadcast(factors[0]);
            s0a = T.Load(from) * f0;
            s0b = T.Load(from + 16) * f0;
            from += cStride;
            var f1 = T.Broadcast(factors[1]);
            s1a = T.Load(from) * f1;
            s1b = T.Load(from + 16) * f1;
            from += cStride;
            var f2 = T.Broadcast(factors[2]);
            s2a = T.Load(from) * f2;
            s2b = T.Load(from + 16) * f2;
            from += cStride;
            var f3 = T.Broadcast(factors[3]);
            s3a = T.Load(from) * f3;
            s3b = T.Load(from + 16) * f3;
            from += cStride;
            var f4 = T.Broadcast(factors[4]);
            s4a = T.Load(from) * f4;
            s4b = T.Load(from + 16) * f4;
            from += cStride;
            var f5 = T.Broadcast(factors[5]);
            s5a = T.Load(from) * f5;
            s5b = T.Load(from + 16) * f5;
            from += cStride;
            var f6 = T.Broadcast(factors[6]);
            s6a = T.Load(from) * f6;
            s6b = T.Load(from + 16) * f6;
            from += cStride;
            var f7 = T.Broadcast(factors[7]);
            s7a = T.Load(from) * f7;
            s7b = T.Load(from + 16) * f7;
            from += cStride;
            var f8 = T.Broadcast(factors[8]);
            s8a = T.Load(from) * f8;
            s8b = T.Load(from + 16) * f8;
            from += cStride;
            var f9 = T.Broadcast(factors[9]);
            s9a = T.Load(from) * f9;
            s9b = T.Load(from + 16) * f9;
            from += cStride;
            var f10 = T.Broadcast(factors[10]);
            s10a = T.Load(from) * f10;
            s10b = T.Load(from + 16) * f10;
            from += cStride;
            var f11 = T.Broadcast(factors[11]);
            s11a = T.Load(from) * f11;
            s11b = T.Load(from + 16) * f11;
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            var b1 = T.Load(b + 16);
            var a0 = T.Broadcast(a[0]);
            s0a = T.MultiplyAdd(b0, a0, s0a);
            s0b = T.MultiplyAdd(b1, a0, s0b);
            var a1 = T.Broadcast(a[Stride]);
            s1a = T.MultiplyAdd(b0, a1, s1a);
            s1b = T.MultiplyAdd(b1, a1, s1b);
            var a2 = T.Broadcast(a[2 * Stride]);
            s2a = T.MultiplyAdd(b0, a2, s2a);
            s2b = T.MultiplyAdd(b1, a2, s2b);
            var a3 = T.Broadcast(a[3 * Stride]);
            s3a = T.MultiplyAdd(b0, a3, s3a);
            s3b = T.MultiplyAdd(b1, a3, s3b);
            var a4 = T.Broadcast(a[4 * Stride]);
            s4a = T.MultiplyAdd(b0, a4, s4a);
            s4b = T.MultiplyAdd(b1, a4, s4b);
            var a5 = T.Broadcast(a[5 * Stride]);
            s5a = T.MultiplyAdd(b0, a5, s5a);
            s5b = T.MultiplyAdd(b1, a5, s5b);
            var a6 = T.Broadcast(a[6 * Stride]);
            s6a = T.MultiplyAdd(b0, a6, s6a);
            s6b = T.MultiplyAdd(b1, a6, s6b);
            var a7 = T.Broadcast(a[7 * Stride]);
            s7a = T.MultiplyAdd(b0, a7, s7a);
            s7b = T.MultiplyAdd(b1, a7, s7b);
            var a8 = T.Broadcast(a[8 * Stride]);
            s8a = T.MultiplyAdd(b0, a8, s8a);
            s8b = T.MultiplyAdd(b1, a8, s8b);
            var a9 = T.Broadcast(a[9 * Stride]);
            s9a = T.MultiplyAdd(b0, a9, s9a);
            s9b = T.MultiplyAdd(b1, a9, s9b);
            var a10 = T.Broadcast(a[10 * Stride]);
            s10a = T.MultiplyAdd(b0, a10, s10a);
            s10b = T.MultiplyAdd(b1, a10, s10b);
            var a11 = T.Broadcast(a[11 * Stride]);
            s11a = T.MultiplyAdd(b0, a11, s11a);
            s11b = T.MultiplyAdd(b1, a11, s11b);
            Fetch(b + ahead);
            Fetch(b + ahead + 16);
            a++;
            b += bStride;
        }

        T.Store(s0a, c);
        T.Store(s0b, c + 16);
        c += cStride;
        T.Store(s1a, c);
        T.Store(s1b, c + 16);
        c += cStride;
        T.Store(s2a, c);
        T.Store(s2b, c + 16);
        c += cStride;
        T.Store(s3a, c);
        T.Store(s3b, c + 16);
        c += cStride;
        T.Store(s4a, c);
        T.Store(s4b, c + 16);
        c += cStride;
        T.Store(s5a, c);
        T.Store(s5b, c + 16);
        c += cStride;
        T.Store(s6a, c);
        T.Store(s6b, c + 16);
        c += cStride;
        T.Store(s7a, c);
        T.Store(s7b, c + 16);
        c += cStride;
        T.Store(s8a, c);
        T.Store(s8b, c + 16);
        c += cStride;
        T.Store(s9a, c);
        T.Store(s9b, c + 16);
        c += cStride;
        T.Store(s10a, c);
        T.Store(s10b, c + 16);
        c += cStride;
        T.Store(s11a, c);
        T.Store(s11b, c + 16);
    }

    /// <summary>Eight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void EightByTwo(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b, s4a, s4b, s5a, s5b, s6a, s6b, s7a, s7b;
        if (factors == null)
        {
            s0a = s0b = T.Zero;
            s1a = s1b = T.Zero;
            s2a = s2b = T.Zero;
            s3a = s3b = T.Zero;
            s4a = s4b = T.Zero;
            s5a = s5b = T.Zero;
            s6a = s6b = T.Zero;
            s7a = s7b = T.Zero;
        }
        else
        {
            var from = c;
            var f0 = T.Broadcast(factors[0]);
            s0a = T.Load(from) * f0;
            s0b = T.Load(from + 16) * f0;
            from += cStride;
            var f1 = T.Broadcast(factors[1]);
            s1a = T.Load(from) * f1;
            s1b = T.Load(from + 16) * f1;
            from += cStride;
            var f2 = T.Broadcast(factors[2]);
            s2a = T.Load(from) * f2;
            s2b = T.Load(from + 16) * f2;
            from += cStride;
            var f3 = T.Broadcast(factors[3]);
            s3a = T.Load(from) * f3;
            s3b = T.Load(from + 16) * f3;
            from += cStride;
            var f4 = T.Broadcast(factors[4]);
            s4a = T.Load(from) * f4;
            s4b = T.Load(from + 16) * f4;
            from += cStride;
            var f5 = T.Broadcast(factors[5]);
            s5a = T.Load(from) * f5;
            s5b = T.Load(from + 16) * f5;
            from += cStride;
            var f6 = T.Broadcast(factors[6]);
            s6a = T.Load(from) * f6;
            s6b = T.Load(from + 16) * f6;
            from += cStride;
            var f7 = T.Broadcast(factors[7]);
            s7a = T.Load(from) * f7;
            s7b = T.Load(from + 16) * f7;
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            var b1 = T.Load(b + 16);
            var a0 = T.Broadcast(a[0]);
            s0a = T.MultiplyAdd(b0, a0, s0a);
            s0b = T.MultiplyAdd(b1, a0, s0b);
            var a1 = T.Broadcast(a[Stride]);
            s1a = T.MultiplyAdd(b0, a1, s1a);
            s1b = T.MultiplyAdd(b1, a1, s1b);
            var a2 = T.Broadcast(a[2 * Stride]);
            s2a = T.MultiplyAdd(b0, a2, s2a);
            s2b = T.MultiplyAdd(b1, a2, s2b);
            var a3 = T.Broadcast(a[3 * Stride]);
            s3a = T.MultiplyAdd(b0, a3, s3a);
            s3b = T.MultiplyAdd(b1, a3, s3b);
            var a4 = T.Broadcast(a[4 * Stride]);
            s4a = T.MultiplyAdd(b0, a4, s4a);
            s4b = T.MultiplyAdd(b1, a4, s4b);
            var a5 = T.Broadcast(a[5 * Stride]);
            s5a = T.MultiplyAdd(b0, a5, s5a);
            s5b = T.MultiplyAdd(b1, a5, s5b);
            var a6 = T.Broadcast(a[6 * Stride]);
            s6a = T.MultiplyAdd(b0, a6, s6a);
            s6b = T.MultiplyAdd(b1, a6, s6b);
            var a7 = T.Broadcast(a[7 * Stride]);
            s7a = T.MultiplyAdd(b0, a7, s7a);
            s7b = T.MultiplyAdd(b1, a7, s7b);
            Fetch(b + ahead);
            Fetch(b + ahead + 16);
            a++;
            b += bStride;
        }

        T.Store(s0a, c);
        T.Store(s0b, c + 16);
        c += cStride;
        T.Store(s1a, c);
        T.Store(s1b, c + 16);
        c += cStride;
        T.Store(s2a, c);
        T.Store(s2b, c + 16);
        c += cStride;
        T.Store(s3a, c);
        T.Store(s3b, c + 16);
        c += cStride;
        T.Store(s4a, c);
        T.Store(s4b, c + 16);
        c += cStride;
        T.Store(s5a, c);
        T.Store(s5b, c + 16);
        c += cStride;
        T.Store(s6a, c);
        T.Store(s6b, c + 16);
        c += cStride;
        T.Store(s7a, c);
        T.Store(s7b, c + 16);
    }

    /// <summary>Four rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(float* a, float* b, nint bStride, int depth, float* c, nint cStride, float* factors, nint ahead)
    {
        T s0a, s0b, s1a, s1b, s2a, s2b, s3a, s3b;
        if (factors == null)
        {
            s0a = s0b = T.Zero;
            s1a = s1b = T.Zero;
            s2a = s2b = T.Zero;
            s3a = s3b = T.Zero;
        }
        else
        {
            var from = c;
            var f0 = T.Broadcast(factors[0]);
            s0a = T.Load(from) * f0;
            s0b = T.Load(from + 16) * f0;
            from += cStride;
            var f1 = T.Broadcast(factors[1]);
            s1a = T.Load(from) * f1;
            s1b = T.Load(from + 16) * f1;
            from += cStride;
            var f2 = T.Broadcast(factors[2]);
            s2a = T.Load(from) * f2;
            s2b = T.Load(from + 16) * f2;
            from += cStride;
            var f3 = T.Broadcast(factors[3]);
            s3a = T.Load(from) * f3;
            s3b = T.Load(from + 16) * f3;
        }

        for (var k = 0; k < depth; k++)
        {
            var b0 = T.Load(b);
            var b1 = T.Load(b + 16);
            var a0 = T.Broadcast(a[0]);
            s0a = T.MultiplyAdd(b0, a0, s0a);
            s0b = T.MultiplyAdd(b1, a0, s0b);
            var a1 = T.Broadcast(a[Stride]);
            s1a = T.MultiplyAdd(b0, a1, s1a);
            s1b = T.MultiplyAdd(b1, a1, s1b);
            var a2 = T.Broadcast(a[2 * Stride]);
            s2a = T.MultiplyAdd(b0, a2, s2a);
            s2b = T.MultiplyAdd(b1, a2, s2b);
            var a3 = T.Broadcast(a[3 * Stride]);
            s3a = T.MultiplyAdd(b0, a3, s3a);
            s3b = T.MultiplyAdd(b1, a3, s3b);
            Fetch(b + ahead);
            Fetch(b + ahead + 16);
            a++;
            b += bStride;
        }

        T.Store(s0a, c);
        T.Store(s0b, c + 16);
        c += cStride;
        T.Store(s1a, c);
        T.Store(s1b, c + 16);
        c += cStride;
        T.Store(s2a, c);
        T.Store(s2b, c + 16);
        c += cStride;
        T.Store(s3a, c);
        T.Store(s3b, c + 16);
    }
}
