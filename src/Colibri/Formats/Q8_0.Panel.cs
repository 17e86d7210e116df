using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q8_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q8_0>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        PanelVectors.LeadingHalves(rows, rowBytes, blocks, sizeof(Q8_0), scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q8_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q8_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q8_0>(rows, rowBytes, lastRow, blocks, scales, minimums);
        // Signed to unsigned: adding 128 flips the sign bit.
        var flip = Vector512.Create((byte)0x80);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q8_0), q += 512)
        {
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 2, rowBytes);
            PanelVectors.Store(q, t0 ^ flip, t1 ^ flip, t2 ^ flip, t3 ^ flip);
            (t0, t1, t2, t3) = PanelVectors.Turn(rows + 18, rowBytes);
            PanelVectors.Store(q + 256, t0 ^ flip, t1 ^ flip, t2 ^ flip, t3 ^ flip);
        }
    }
}
