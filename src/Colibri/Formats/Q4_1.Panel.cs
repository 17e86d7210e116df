using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q4_1
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_1>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_1), scales += Panels.Rows, minimums += Panels.Rows)
        {
            // Scale and least value share a lane.
            var halves = PanelVectors.Fours(rows, rowBytes);
            PanelVectors.Widen(halves & Vector512.Create(0xffffu)).Store(scales);
            (-PanelVectors.Widen(halves >> 16)).Store(minimums);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_1>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q4_1>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q4_1>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_1), q += 512)
        {
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 4, rowBytes);
            PanelVectors.Store(q, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
            PanelVectors.Store(q + 256, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
        }
    }
}
