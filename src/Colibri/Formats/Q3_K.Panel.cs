using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q3_K
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q3_K>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q3_K), scales += 16 * Panels.Rows)
        {
            SixteenScales(rows + 94, rowBytes, scales);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q3_K>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q3_K>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q3_K>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q3_K), q += 4096)
        {
            for (var part = 0; part < 2; part++)
            {
                var (h0, h1, h2, h3) = PanelVectors.Turn(rows + 16 * part, rowBytes);
                for (var half = 0; half < 2; half++)
                {
                    // Sixteen bytes hold values 16 part.. of four runs of 32; the third bits have all eight runs.
                    var panel = q + 2048 * half + 256 * part;
                    var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 32 + 32 * half + 16 * part, rowBytes);
                    for (var run = 0; run < 4; run++, panel += 512)
                    {
                        var bit = 4 * half + run;
                        PanelVectors.Store(panel, Three(t0, h0, run, bit), Three(t1, h1, run, bit), Three(t2, h2, run, bit), Three(t3, h3, run, bit));
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Three(Vector512<byte> quarters, Vector512<byte> high, int pair, int bit) =>
        PanelVectors.Bits(quarters, 2 * pair, 3, 0) | PanelVectors.Bits(high, bit, 1, 2);

    // The last sixteen bytes of a block: two that are not looked at, twelve of 6-bit scales, the half they are multiplied by.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void SixteenScales(byte* source, nint rowBytes, float* scales)
    {
        var (t0, t1, t2, t3) = PanelVectors.Turn(source, rowBytes);
        var scale = PanelVectors.Widen(t3.AsUInt32() >> 16);
        var first = (t0.AsUInt32() >> 16) | (t1.AsUInt32() << 16);
        var second = (t1.AsUInt32() >> 16) | (t2.AsUInt32() << 16);
        var upper = (t2.AsUInt32() >> 16) | (t3.AsUInt32() << 16);
        for (var j = 0; j < 4; j++, first >>= 8, second >>= 8, upper >>= 8)
        {
            Six(first, upper << 4, scale, scales + j * Panels.Rows);
            Six(second, upper << 2, scale, scales + (4 + j) * Panels.Rows);
            Six(first >> 4, upper, scale, scales + (8 + j) * Panels.Rows);
            Six(second >> 4, upper >> 2, scale, scales + (12 + j) * Panels.Rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe void Six(Vector512<uint> low, Vector512<uint> high, Vector512<float> scale, float* target)
    {
        var six = (low & Vector512.Create(15u)) | (high & Vector512.Create(0x30u));
        PanelVectors.Scaled(six.AsInt32() - Vector512.Create(32), scale, target);
    }
}
