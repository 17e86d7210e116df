using System.Runtime.CompilerServices;

namespace Colibri.Formats;

/// <summary>The plain forms of <see cref="IIntegerBlockFormat{TSelf}.UnpackPanel"/> and its scales, for any format.</summary>
internal static unsafe class Panels
{
    /// <summary>Rows of a panel.</summary>
    public const int Rows = 16;

    /// <summary>Unpacks block by block through <see cref="IIntegerBlockFormat{TSelf}.Split"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Unpack<TBlock>(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        Span<byte> integers = stackalloc byte[TBlock.ValuesPerBlock];
        var groups = TBlock.ValuesPerBlock / TBlock.GroupSize;
        Span<float> blockScales = stackalloc float[groups];
        Span<float> blockMinimums = stackalloc float[groups];
        for (var r = 0; r < Rows; r++)
        {
            var row = (TBlock*)(rows + Math.Min(r, lastRow) * rowBytes);
            for (var b = 0; b < blocks; b++)
            {
                TBlock.Split(row[b], integers, blockScales, blockMinimums);
                var panel = q + b * TBlock.ValuesPerBlock * Rows + r * 4;
                for (var k = 0; k < integers.Length; k++)
                {
                    panel[k / 4 * 64 + k % 4] = integers[k];
                }

                Keep<TBlock>(blockScales, blockMinimums, scales + b * groups * Rows + r, minimums + b * groups * Rows + r);
            }
        }
    }

    /// <summary>Scales and minimums of up to sixteen rows: the format's own way where all exist.</summary>
    /// <param name="rows">The first block of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="lastRow">The last row that exists, 0..15; rows behind it repeat it.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="scales">Receives 16 scales per group.</param>
    /// <param name="minimums">Receives 16 minimums per group where the format has them.</param>
    public static void Scales<TBlock>(byte* rows, nint rowBytes, int lastRow, int blocks, float* scales, float* minimums)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        if (lastRow < Rows - 1)
        {
            PlainScales<TBlock>(rows, rowBytes, lastRow, blocks, scales, minimums);
        }
        else
        {
            TBlock.UnpackScales(rows, rowBytes, blocks, scales, minimums);
        }
    }

    /// <summary>The plain form of <see cref="Scales"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PlainScales<TBlock>(byte* rows, nint rowBytes, int lastRow, int blocks, float* scales, float* minimums)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        Span<byte> integers = stackalloc byte[TBlock.ValuesPerBlock];
        var groups = TBlock.ValuesPerBlock / TBlock.GroupSize;
        Span<float> blockScales = stackalloc float[groups];
        Span<float> blockMinimums = stackalloc float[groups];
        for (var r = 0; r < Rows; r++)
        {
            var row = (TBlock*)(rows + Math.Min(r, lastRow) * rowBytes);
            for (var b = 0; b < blocks; b++)
            {
                TBlock.Split(row[b], integers, blockScales, blockMinimums);
                Keep<TBlock>(blockScales, blockMinimums, scales + b * groups * Rows + r, minimums + b * groups * Rows + r);
            }
        }
    }

    // Scales and minimums of one row's block, sixteen values from a group to the next.
    private static void Keep<TBlock>(ReadOnlySpan<float> blockScales, ReadOnlySpan<float> blockMinimums, float* scales, float* minimums)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        for (var g = 0; g < blockScales.Length; g++)
        {
            scales[g * Rows] = blockScales[g];
            if (TBlock.HasMinimums)
            {
                minimums[g * Rows] = blockMinimums[g];
            }
        }
    }
}
