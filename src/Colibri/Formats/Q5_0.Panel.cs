using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q5_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q5_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_0), q += 512, scales += Panels.Rows)
        {
            // Two bytes of scale, then the fifth bits across two lanes.
            var (h0, h1, _, _) = PanelVectors.Turn(rows, rowBytes);
            PanelVectors.Widen(h0.AsUInt32() & Vector512.Create(0xffffu)).Store(scales);
            PanelVectors.FiveBits(rows + 6, rowBytes, (h0.AsUInt32() >> 16) | (h1.AsUInt32() << 16), q);
        }
    }
}
