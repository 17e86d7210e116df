using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Hardware;

/// <summary>A loop that does nothing but one kind of work, and how much of it a step does.</summary>
/// <param name="Instruction">What it measures, for reports.</param>
/// <param name="OperationsPerStep">Multiplications plus additions of one step.</param>
/// <param name="Run">Runs so many steps; the result only keeps the work from being dropped.</param>
internal sealed record MachineLoop(string Instruction, int OperationsPerStep, Func<int, long> Run);

/// <summary>
/// The loops that find the machine's ceilings. They compute no tensor: each keeps as many independent chains as hide the
/// instruction's latency (4 cycles at two a cycle: 8 chains; 12 leave room and fit 16 registers), and none of their
/// instructions can be moved out of the loop.
/// </summary>
internal static unsafe class MachineLoops
{
    /// <summary>float32 multiply-add loops that run here, widest first.</summary>
    public static IReadOnlyList<MachineLoop> Float32()
    {
        var loops = new List<MachineLoop>();
        if (Avx512F.IsSupported)
        {
            loops.Add(new("vfmadd 512-bit (AVX-512F)", 12 * 16 * 2, Fma512));
        }

        if (Fma.IsSupported)
        {
            loops.Add(new("vfmadd 256-bit (FMA)", 12 * 8 * 2, Fma256));
        }

        if (AdvSimd.IsSupported)
        {
            loops.Add(new("fmla 128-bit (NEON)", 12 * 4 * 2, FmaNeon));
        }

        if (loops.Count == 0)
        {
            loops.Add(new(Vector128.IsHardwareAccelerated ? "multiply and add, 128-bit" : "multiply and add, one value at a time", 12 * 4 * 2, Multiply128));
        }

        return loops;
    }

    /// <summary>int8 dot loops (u8 by s8 or s8 by s8, summed to int32) that C# reaches here.</summary>
    public static IReadOnlyList<MachineLoop> Int8()
    {
        var loops = new List<MachineLoop>();
        if (AvxVnni.IsSupported)
        {
            loops.Add(new("vpdpbusd 256-bit (AVX-VNNI)", 12 * 32 * 2, Vnni256));
        }

        if (Avx512BW.IsSupported)
        {
            loops.Add(new("vpmaddubsw + vpmaddwd + vpaddd 512-bit (AVX-512BW)", 8 * 64 * 2, Pairs512));
        }

        if (Avx2.IsSupported)
        {
            loops.Add(new("vpmaddubsw + vpmaddwd + vpaddd 256-bit (AVX2)", 8 * 32 * 2, Pairs256));
        }

        if (Dp.IsSupported)
        {
            loops.Add(new("sdot 128-bit (NEON)", 12 * 16 * 2, DotNeon));
        }

        if (loops.Count == 0)
        {
            loops.Add(new("no int8 dot instruction: 16-bit multiplications, 128-bit", 8 * 8 * 2, Widen128));
        }

        return loops;
    }

    /// <summary>Reads every byte once, in order.</summary>
    /// <param name="first">Start, at a multiple of 64 bytes.</param>
    /// <param name="bytes">A multiple of 512.</param>
    /// <returns>A mix of what was read.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static long Read(byte* first, nint bytes)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var (a, b, c, d) = (Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero, Vector512<long>.Zero);
            for (nint i = 0; i < bytes; i += 512)
            {
                var p = (long*)(first + i);
                a ^= Vector512.Load(p) ^ Vector512.Load(p + 8);
                b ^= Vector512.Load(p + 16) ^ Vector512.Load(p + 24);
                c ^= Vector512.Load(p + 32) ^ Vector512.Load(p + 40);
                d ^= Vector512.Load(p + 48) ^ Vector512.Load(p + 56);
            }

            return Vector512.Sum(a ^ b ^ c ^ d);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            var (a, b, c, d) = (Vector256<long>.Zero, Vector256<long>.Zero, Vector256<long>.Zero, Vector256<long>.Zero);
            for (nint i = 0; i < bytes; i += 256)
            {
                var p = (long*)(first + i);
                a ^= Vector256.Load(p) ^ Vector256.Load(p + 4);
                b ^= Vector256.Load(p + 8) ^ Vector256.Load(p + 12);
                c ^= Vector256.Load(p + 16) ^ Vector256.Load(p + 20);
                d ^= Vector256.Load(p + 24) ^ Vector256.Load(p + 28);
            }

            return Vector256.Sum(a ^ b ^ c ^ d);
        }

        var (e, f, g, h) = (Vector128<long>.Zero, Vector128<long>.Zero, Vector128<long>.Zero, Vector128<long>.Zero);
        for (nint i = 0; i < bytes; i += 128)
        {
            var p = (long*)(first + i);
            e ^= Vector128.Load(p) ^ Vector128.Load(p + 2);
            f ^= Vector128.Load(p + 4) ^ Vector128.Load(p + 6);
            g ^= Vector128.Load(p + 8) ^ Vector128.Load(p + 10);
            h ^= Vector128.Load(p + 12) ^ Vector128.Load(p + 14);
        }

        return Vector128.Sum(e ^ f ^ g ^ h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Fma512(int steps)
    {
        // x <- x / 2 + 1 stays between 1 and 2: no value becomes denormal or infinite, which would change the speed.
        var (half, one) = (Vector512.Create(0.5f), Vector512<float>.One);
        var (a, b, c, d, e, f) = (one, one, one, one, one, one);
        var (g, h, i, j, k, l) = (one, one, one, one, one, one);
        for (var s = 0; s < steps; s++)
        {
            a = Avx512F.FusedMultiplyAdd(a, half, one);
            b = Avx512F.FusedMultiplyAdd(b, half, one);
            c = Avx512F.FusedMultiplyAdd(c, half, one);
            d = Avx512F.FusedMultiplyAdd(d, half, one);
            e = Avx512F.FusedMultiplyAdd(e, half, one);
            f = Avx512F.FusedMultiplyAdd(f, half, one);
            g = Avx512F.FusedMultiplyAdd(g, half, one);
            h = Avx512F.FusedMultiplyAdd(h, half, one);
            i = Avx512F.FusedMultiplyAdd(i, half, one);
            j = Avx512F.FusedMultiplyAdd(j, half, one);
            k = Avx512F.FusedMultiplyAdd(k, half, one);
            l = Avx512F.FusedMultiplyAdd(l, half, one);
        }

        return (long)Vector512.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Fma256(int steps)
    {
        var (half, one) = (Vector256.Create(0.5f), Vector256<float>.One);
        var (a, b, c, d, e, f) = (one, one, one, one, one, one);
        var (g, h, i, j, k, l) = (one, one, one, one, one, one);
        for (var s = 0; s < steps; s++)
        {
            a = Fma.MultiplyAdd(a, half, one);
            b = Fma.MultiplyAdd(b, half, one);
            c = Fma.MultiplyAdd(c, half, one);
            d = Fma.MultiplyAdd(d, half, one);
            e = Fma.MultiplyAdd(e, half, one);
            f = Fma.MultiplyAdd(f, half, one);
            g = Fma.MultiplyAdd(g, half, one);
            h = Fma.MultiplyAdd(h, half, one);
            i = Fma.MultiplyAdd(i, half, one);
            j = Fma.MultiplyAdd(j, half, one);
            k = Fma.MultiplyAdd(k, half, one);
            l = Fma.MultiplyAdd(l, half, one);
        }

        return (long)Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long FmaNeon(int steps)
    {
        // fmla adds a product onto its destination, so the chain is a sum: it grows by 2^-20 a step and stays finite.
        var (x, y) = (Vector128.Create(1f / 1024), Vector128.Create(1f / 1024));
        var z = Vector128<float>.Zero;
        var (a, b, c, d, e, f) = (z, z, z, z, z, z);
        var (g, h, i, j, k, l) = (z, z, z, z, z, z);
        for (var s = 0; s < steps; s++)
        {
            a = AdvSimd.FusedMultiplyAdd(a, x, y);
            b = AdvSimd.FusedMultiplyAdd(b, x, y);
            c = AdvSimd.FusedMultiplyAdd(c, x, y);
            d = AdvSimd.FusedMultiplyAdd(d, x, y);
            e = AdvSimd.FusedMultiplyAdd(e, x, y);
            f = AdvSimd.FusedMultiplyAdd(f, x, y);
            g = AdvSimd.FusedMultiplyAdd(g, x, y);
            h = AdvSimd.FusedMultiplyAdd(h, x, y);
            i = AdvSimd.FusedMultiplyAdd(i, x, y);
            j = AdvSimd.FusedMultiplyAdd(j, x, y);
            k = AdvSimd.FusedMultiplyAdd(k, x, y);
            l = AdvSimd.FusedMultiplyAdd(l, x, y);
        }

        return (long)Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Multiply128(int steps)
    {
        var (half, one) = (Vector128.Create(0.5f), Vector128<float>.One);
        var (a, b, c, d, e, f) = (one, one, one, one, one, one);
        var (g, h, i, j, k, l) = (one, one, one, one, one, one);
        for (var s = 0; s < steps; s++)
        {
            a = a * half + one;
            b = b * half + one;
            c = c * half + one;
            d = d * half + one;
            e = e * half + one;
            f = f * half + one;
            g = g * half + one;
            h = h * half + one;
            i = i * half + one;
            j = j * half + one;
            k = k * half + one;
            l = l * half + one;
        }

        return (long)Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Vnni256(int steps)
    {
        var (x, w) = (Vector256.Create((byte)3), Vector256.Create((sbyte)-2));
        var z = Vector256<int>.Zero;
        var (a, b, c, d, e, f) = (z, z, z, z, z, z);
        var (g, h, i, j, k, l) = (z, z, z, z, z, z);
        for (var s = 0; s < steps; s++)
        {
            a = AvxVnni.MultiplyWideningAndAdd(a, x, w);
            b = AvxVnni.MultiplyWideningAndAdd(b, x, w);
            c = AvxVnni.MultiplyWideningAndAdd(c, x, w);
            d = AvxVnni.MultiplyWideningAndAdd(d, x, w);
            e = AvxVnni.MultiplyWideningAndAdd(e, x, w);
            f = AvxVnni.MultiplyWideningAndAdd(f, x, w);
            g = AvxVnni.MultiplyWideningAndAdd(g, x, w);
            h = AvxVnni.MultiplyWideningAndAdd(h, x, w);
            i = AvxVnni.MultiplyWideningAndAdd(i, x, w);
            j = AvxVnni.MultiplyWideningAndAdd(j, x, w);
            k = AvxVnni.MultiplyWideningAndAdd(k, x, w);
            l = AvxVnni.MultiplyWideningAndAdd(l, x, w);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    /// <summary>Without a dot instruction the product of two bytes must be remade each time: weights come from the first-level cache.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Pairs512(int steps)
    {
        const int Vectors = 16;
        var weights = stackalloc sbyte[(Vectors + 1) * 64];
        weights = (sbyte*)((nint)weights + 63 & ~63);
        new Span<sbyte>(weights, Vectors * 64).Fill(-2);
        var (x, y, u, v) = (Vector512.Create((byte)3), Vector512.Create((byte)4), Vector512.Create((byte)5), Vector512.Create((byte)6));
        var ones = Vector512<short>.One;
        var z = Vector512<int>.Zero;
        var (a, b, c, d, e, f, g, h) = (z, z, z, z, z, z, z, z);
        for (var s = 0; s < steps; s++)
        {
            var p = weights + (s % (Vectors / 2) * 128);
            var (w, n) = (Vector512.Load(p), Vector512.Load(p + 64));
            a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(x, w), ones);
            b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, w), ones);
            c += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(u, w), ones);
            d += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(v, w), ones);
            e += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(x, n), ones);
            f += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(y, n), ones);
            g += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(u, n), ones);
            h += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(v, n), ones);
        }

        return Vector512.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Pairs256(int steps)
    {
        const int Vectors = 16;
        var weights = stackalloc sbyte[(Vectors + 1) * 32];
        weights = (sbyte*)((nint)weights + 31 & ~31);
        new Span<sbyte>(weights, Vectors * 32).Fill(-2);
        var (x, y) = (Vector256.Create((byte)3), Vector256.Create((byte)4));
        var ones = Vector256<short>.One;
        var z = Vector256<int>.Zero;
        var (a, b, c, d, e, f, g, h) = (z, z, z, z, z, z, z, z);
        for (var s = 0; s < steps; s++)
        {
            // Two activations by four weights: what 16 registers hold beside eight sums and the ones.
            var p = weights + (s % (Vectors / 4) * 128);
            var w = Vector256.Load(p);
            a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w), ones);
            b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(y, w), ones);
            w = Vector256.Load(p + 32);
            c += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w), ones);
            d += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(y, w), ones);
            w = Vector256.Load(p + 64);
            e += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w), ones);
            f += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(y, w), ones);
            w = Vector256.Load(p + 96);
            g += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(x, w), ones);
            h += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(y, w), ones);
        }

        return Vector256.Sum(a + b + c + d + e + f + g + h);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long DotNeon(int steps)
    {
        var (x, w) = (Vector128.Create((sbyte)3), Vector128.Create((sbyte)-2));
        var z = Vector128<int>.Zero;
        var (a, b, c, d, e, f) = (z, z, z, z, z, z);
        var (g, h, i, j, k, l) = (z, z, z, z, z, z);
        for (var s = 0; s < steps; s++)
        {
            a = Dp.DotProduct(a, x, w);
            b = Dp.DotProduct(b, x, w);
            c = Dp.DotProduct(c, x, w);
            d = Dp.DotProduct(d, x, w);
            e = Dp.DotProduct(e, x, w);
            f = Dp.DotProduct(f, x, w);
            g = Dp.DotProduct(g, x, w);
            h = Dp.DotProduct(h, x, w);
            i = Dp.DotProduct(i, x, w);
            j = Dp.DotProduct(j, x, w);
            k = Dp.DotProduct(k, x, w);
            l = Dp.DotProduct(l, x, w);
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h + i + j + k + l);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long Widen128(int steps)
    {
        var (x, one) = (Vector128.Create((short)3), Vector128<short>.One);
        var (a, b, c, d) = (one, one, one, one);
        var (e, f, g, h) = (one, one, one, one);
        for (var s = 0; s < steps; s++)
        {
            a = a * x + one;
            b = b * x + one;
            c = c * x + one;
            d = d * x + one;
            e = e * x + one;
            f = f * x + one;
            g = g * x + one;
            h = h * x + one;
        }

        return Vector128.Sum(a + b + c + d + e + f + g + h);
    }
}
