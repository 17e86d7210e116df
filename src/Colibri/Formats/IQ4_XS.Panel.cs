using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

public partial struct IQ4_XS
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<IQ4_XS>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(IQ4_XS), scales += 8 * Panels.Rows)
        {
            // A half and the upper pairs of the scales share a lane; the low halves fill the next one, group 0 lowest.
            var (first, second, _, _) = PanelVectors.Turn(rows, rowBytes);
            var scale = PanelVectors.Widen(first.AsUInt32() & Vector512.Create(0xffffu));
            var (high, low) = (first.AsUInt32() >> 16, second.AsUInt32());
            for (var g = 0; g < 8; g++, high >>= 2, low >>= 4)
            {
                var six = (low & Vector512.Create(15u)) | ((high & Vector512.Create(3u)) << 4);
                PanelVectors.Scaled(six.AsInt32() - Vector512.Create(32), scale, scales + g * Panels.Rows);
            }
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<IQ4_XS>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<IQ4_XS>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<IQ4_XS>(rows, rowBytes, lastRow, blocks, scales, minimums);
        var table = PanelVectors.Table(Codebook.Steps, Codebook.Offset);
        for (var b = 0; b < blocks; b++, rows += sizeof(IQ4_XS))
        {
            for (var g = 0; g < 8; g++, q += 512)
            {
                PanelVectors.LookedUp(rows + 8 + 16 * g, rowBytes, table, q);
            }
        }
    }
}
