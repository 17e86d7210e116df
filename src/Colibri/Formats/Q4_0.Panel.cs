using System.Runtime.CompilerServices;

namespace Colibri.Formats;

public partial struct Q4_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_0>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        PanelVectors.LeadingHalves(rows, rowBytes, blocks, sizeof(Q4_0), scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q4_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q4_0>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_0), q += 512)
        {
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 2, rowBytes);
            PanelVectors.Store(q, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
            PanelVectors.Store(q + 256, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
        }
    }
}
