using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Kernels.MatMul;

/// <summary>Turns sixteen rows into panel rows of sixteen values. Moves bits only, so every path gives the same.</summary>
internal static unsafe class Transpose
{
    /// <summary>panel[k, r] = rows[r, k] for r below 16.</summary>
    /// <param name="rows">Sixteen rows.</param>
    /// <param name="stride">Values from one row to the next.</param>
    /// <param name="columns">Values per row.</param>
    /// <param name="panel">Receives columns * 16 values.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Sixteen(float* rows, int stride, int columns, float* panel)
    {
        var k = 0;
        if (Avx512F.IsSupported)
        {
            for (; k + 16 <= columns; k += 16)
            {
                Block16(rows + k, stride, panel + k * 16);
            }
        }

        for (; k + 4 <= columns; k += 4)
        {
            for (var r = 0; r < 16; r += 4)
            {
                Block4(rows + (nint)r * stride + k, stride, panel + k * 16 + r);
            }
        }

        for (; k < columns; k++)
        {
            for (var r = 0; r < 16; r++)
            {
                panel[k * 16 + r] = rows[(nint)r * stride + k];
            }
        }
    }

    private static void Block4(float* rows, int stride, float* panel)
    {
        var (a, b) = (Vector128.Load(rows), Vector128.Load(rows + stride));
        var (c, d) = (Vector128.Load(rows + 2 * (nint)stride), Vector128.Load(rows + 3 * (nint)stride));
        Vector128.Create(a[0], b[0], c[0], d[0]).Store(panel);
        Vector128.Create(a[1], b[1], c[1], d[1]).Store(panel + 16);
        Vector128.Create(a[2], b[2], c[2], d[2]).Store(panel + 32);
        Vector128.Create(a[3], b[3], c[3], d[3]).Store(panel + 48);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block16(float* rows, int stride, float* panel)
    {
        // Each quarter of a register first gathers a 4 x 4 block of its own, then quarters are exchanged.
        var r = stackalloc Vector512<float>[16];
        for (var i = 0; i < 16; i += 4)
        {
            var a = Vector512.Load(rows + (nint)i * stride);
            var b = Vector512.Load(rows + (nint)(i + 1) * stride);
            var c = Vector512.Load(rows + (nint)(i + 2) * stride);
            var d = Vector512.Load(rows + (nint)(i + 3) * stride);
            var ab0 = Avx512F.UnpackLow(a, b).AsDouble();
            var ab1 = Avx512F.UnpackHigh(a, b).AsDouble();
            var cd0 = Avx512F.UnpackLow(c, d).AsDouble();
            var cd1 = Avx512F.UnpackHigh(c, d).AsDouble();
            r[i] = Avx512F.UnpackLow(ab0, cd0).AsSingle();
            r[i + 1] = Avx512F.UnpackHigh(ab0, cd0).AsSingle();
            r[i + 2] = Avx512F.UnpackLow(ab1, cd1).AsSingle();
            r[i + 3] = Avx512F.UnpackHigh(ab1, cd1).AsSingle();
        }

        // r[4 g + c] holds, in quarter q, rows 4g..4g+3 of column 4q + c.
        for (var c = 0; c < 4; c++)
        {
            var low01 = Avx512F.Shuffle4x128(r[c], r[4 + c], 0b01_00_01_00);
            var high01 = Avx512F.Shuffle4x128(r[c], r[4 + c], 0b11_10_11_10);
            var low23 = Avx512F.Shuffle4x128(r[8 + c], r[12 + c], 0b01_00_01_00);
            var high23 = Avx512F.Shuffle4x128(r[8 + c], r[12 + c], 0b11_10_11_10);
            Avx512F.Shuffle4x128(low01, low23, 0b10_00_10_00).Store(panel + c * 16);
            Avx512F.Shuffle4x128(low01, low23, 0b11_01_11_01).Store(panel + (4 + c) * 16);
            Avx512F.Shuffle4x128(high01, high23, 0b10_00_10_00).Store(panel + (8 + c) * 16);
            Avx512F.Shuffle4x128(high01, high23, 0b11_01_11_01).Store(panel + (12 + c) * 16);
        }
    }
}
