using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q4_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q4_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_0), q += 512, scales += Panels.Rows)
        {
            PanelVectors.Halves(rows, rowBytes).Store(scales);
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 2, rowBytes);
            PanelVectors.Store(q, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
            PanelVectors.Store(q + 256, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
        }
    }
}
