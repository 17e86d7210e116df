using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q5_1
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q5_1>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q5_1>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        for (var b = 0; b < blocks; b++, rows += sizeof(Q5_1), q += 512, scales += Panels.Rows, minimums += Panels.Rows)
        {
            var (halves, high, _, _) = PanelVectors.Turn(rows, rowBytes);
            PanelVectors.Widen(halves.AsUInt32() & Vector512.Create(0xffffu)).Store(scales);
            (-PanelVectors.Widen(halves.AsUInt32() >> 16)).Store(minimums);
            PanelVectors.FiveBits(rows + 8, rowBytes, high.AsUInt32(), q);
        }
    }
}
