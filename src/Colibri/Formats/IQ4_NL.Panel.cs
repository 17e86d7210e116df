using System.Runtime.CompilerServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

public partial struct IQ4_NL
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<IQ4_NL>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        PanelVectors.LeadingHalves(rows, rowBytes, blocks, sizeof(IQ4_NL), scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<IQ4_NL>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<IQ4_NL>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<IQ4_NL>(rows, rowBytes, lastRow, blocks, scales, minimums);
        var table = PanelVectors.Table(Codebook.Steps, Codebook.Offset);
        for (var b = 0; b < blocks; b++, rows += sizeof(IQ4_NL), q += 512)
        {
            PanelVectors.LookedUp(rows + 2, rowBytes, table, q);
        }
    }
}
