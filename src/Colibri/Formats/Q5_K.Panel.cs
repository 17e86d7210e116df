using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q5_K
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_K>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_K), scales += 8 * Panels.Rows, minimums += 8 * Panels.Rows)
        {
            PanelVectors.SixBitPairs(rows, rowBytes, scales, minimums);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_K>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q5_K>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q5_K>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_K), q += 4096)
        {
            for (var part = 0; part < 2; part++)
            {
                var (h0, h1, h2, h3) = PanelVectors.Turn(rows + 16 + 16 * part, rowBytes);
                for (var i = 0; i < 4; i++)
                {
                    // Groups 2 i and 2 i + 1 share the bytes; their fifth bits are bits 2 i and 2 i + 1.
                    var panel = q + 1024 * i + 256 * part;
                    var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 48 + 32 * i + 16 * part, rowBytes);
                    PanelVectors.Store(panel, LowFive(t0, h0, 2 * i), LowFive(t1, h1, 2 * i), LowFive(t2, h2, 2 * i), LowFive(t3, h3, 2 * i));
                    PanelVectors.Store(panel + 512, HighFive(t0, h0, 2 * i + 1), HighFive(t1, h1, 2 * i + 1), HighFive(t2, h2, 2 * i + 1), HighFive(t3, h3, 2 * i + 1));
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> LowFive(Vector512<byte> four, Vector512<byte> fifths, int bit) => PanelVectors.Low(four) | PanelVectors.Bits(fifths, bit, 1, 4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> HighFive(Vector512<byte> four, Vector512<byte> fifths, int bit) => PanelVectors.High(four) | PanelVectors.Bits(fifths, bit, 1, 4);
}
