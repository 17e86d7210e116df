using System.Runtime.CompilerServices;

namespace Colibri.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_K>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_K), scales += 8 * Panels.Rows, minimums += 8 * Panels.Rows)
        {
            PanelVectors.SixBitPairs(rows, rowBytes, scales, minimums);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_K>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q4_K>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q4_K>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_K))
        {
            for (var i = 0; i < 4; i++, q += 1024)
            {
                var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 16 + 32 * i, rowBytes);
                PanelVectors.Store(q, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
                PanelVectors.Store(q + 512, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
                (t0, t1, t2, t3) = PanelVectors.Turn(rows + 32 + 32 * i, rowBytes);
                PanelVectors.Store(q + 256, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
                PanelVectors.Store(q + 768, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
            }
        }
    }
}
