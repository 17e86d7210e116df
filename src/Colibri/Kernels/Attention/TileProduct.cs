using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>
/// The inner loops of attention: c[r, 0..width) = c[r, ..] * factor[r] + sum over k of a[r, k] * b[k, ..], one fused
/// multiply-add chain per output with k ascending, so how many rows and columns are taken together changes no bit.
/// </summary>
/// <remarks>
/// Where sixteen lanes are one register, 12 rows by 2 lie in 24 accumulators: 24 multiply-adds for 14 loads, well above the
/// 8 in flight that two units of 4 cycles need. Where they are more, 6 rows by 1 (12 registers of 256 bits).
/// </remarks>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal static unsafe partial class TileProduct<T> where T : unmanaged, ILanes<T>
{
    /// <summary>Values from one row of a to the next.</summary>
    public const int Stride = KvLayout.PagePositions;

    /// <summary>Rows that are best taken together.</summary>
    public static int BestRows => T.Registers == 1 ? AttentionKernel.BlockVectors : AttentionKernel.BlockVectors / 2;

    /// <summary>A block of rows; rows behind it, up to the next size there is a loop for, are computed too.</summary>
    /// <param name="rows">1 to <see cref="BestRows"/>.</param>
    /// <param name="a">Coefficients [rows, <see cref="Stride"/>].</param>
    /// <param name="b">Rows of values.</param>
    /// <param name="bStride">Values from one row of b to the next.</param>
    /// <param name="depth">How many rows of b, 0 to <see cref="Stride"/>.</param>
    /// <param name="c">Results.</param>
    /// <param name="cStride">Values from one row of c to the next.</param>
    /// <param name="width">Values of a row of c, a multiple of 16.</param>
    /// <param name="factors">Factors on what c holds, one a row, or null: sums start at zero.</param>
    /// <param name="ahead">Values from b to what will be b next: it is asked for on the way; 0: nothing is.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Block(int rows, float* a, float* b, nint bStride, int depth, float* c, nint cStride, int width, float* factors, nint ahead)
    {
        var column = 0;
        if (rows == 1)
        {
            Row(a, b, bStride, depth, c, width, factors, ahead);
            return;
        }

        if (T.Registers == 1)
        {
            for (; column + 32 <= width; column += 32)
            {
                switch (rows)
                {
                    case > 8: TwelveByTwo(a, b + column, bStride, depth, c + column, cStride, factors, ahead); break;
                    case > 4: EightByTwo(a, b + column, bStride, depth, c + column, cStride, factors, ahead); break;
                    default: FourByTwo(a, b + column, bStride, depth, c + column, cStride, factors, ahead); break;
                }
            }
        }

        for (; column < width; column += 16)
        {
            if (rows <= 4)
            {
                FourByOne(a, b + column, bStride, depth, c + column, cStride, factors, ahead);
                continue;
            }

            SixByOne(a, b + column, bStride, depth, c + column, cStride, factors, ahead);
            if (rows > 6)
            {
                SixByOne(a + 6 * Stride, b + column, bStride, depth, c + column + 6 * cStride, cStride, factors == null ? null : factors + 6, ahead);
            }
        }
    }

    /// <summary>One row.</summary>
    /// <inheritdoc cref="Block"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Row(float* a, float* b, nint bStride, int depth, float* c, int width, float* factors, nint ahead)
    {
        var column = 0;
        for (; column + 64 <= width; column += 64)
        {
            OneByFour(a, b + column, bStride, depth, c + column, 0, factors, ahead);
        }

        for (; column < width; column += 16)
        {
            OneByOne(a, b + column, bStride, depth, c + column, 0, factors, ahead);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(float* values)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(values);
        }
    }
}
