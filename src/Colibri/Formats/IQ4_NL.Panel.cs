using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

public partial struct IQ4_NL
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<IQ4_NL>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<IQ4_NL>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        var table = PanelVectors.Table(Codebook.Steps, Codebook.Offset);
        for (var b = 0; b < blocks; b++, rows += sizeof(IQ4_NL), q += 512, scales += Panels.Rows)
        {
            PanelVectors.Halves(rows, rowBytes).Store(scales);
            PanelVectors.LookedUp(rows + 2, rowBytes, table, q);
        }
    }
}
