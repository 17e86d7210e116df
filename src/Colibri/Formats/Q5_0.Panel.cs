using System.Runtime.CompilerServices;

namespace Colibri.Formats;

public partial struct Q5_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_0>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        PanelVectors.LeadingHalves(rows, rowBytes, blocks, sizeof(Q5_0), scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q5_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q5_0>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_0), q += 512)
        {
            PanelVectors.FiveBits(rows + 6, rowBytes, PanelVectors.Fours(rows + 2, rowBytes), q);
        }
    }
}
