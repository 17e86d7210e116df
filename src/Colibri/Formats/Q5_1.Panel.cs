using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q5_1
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_1>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_1), scales += Panels.Rows, minimums += Panels.Rows)
        {
            // Scale and least value share a lane.
            var halves = PanelVectors.Fours(rows, rowBytes);
            PanelVectors.Widen(halves & Vector512.Create(0xffffu)).Store(scales);
            (-PanelVectors.Widen(halves >> 16)).Store(minimums);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_1>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q5_1>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q5_1>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_1), q += 512)
        {
            PanelVectors.FiveBits(rows + 8, rowBytes, PanelVectors.Fours(rows + 4, rowBytes), q);
        }
    }
}
