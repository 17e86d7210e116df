using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q2_K
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q2_K>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q2_K), scales += 16 * Panels.Rows, minimums += 16 * Panels.Rows)
        {
            // The last four bytes of the block are the two halves.
            var halves = PanelVectors.Fours(rows + 80, rowBytes);
            var scale = PanelVectors.Widen(halves & Vector512.Create(0xffffu));
            var minimum = PanelVectors.Widen(halves >> 16);
            var (p0, p1, p2, p3) = PanelVectors.Turn(rows, rowBytes);
            FourPairs(p0, scale, minimum, scales, minimums);
            FourPairs(p1, scale, minimum, scales + 4 * Panels.Rows, minimums + 4 * Panels.Rows);
            FourPairs(p2, scale, minimum, scales + 8 * Panels.Rows, minimums + 8 * Panels.Rows);
            FourPairs(p3, scale, minimum, scales + 12 * Panels.Rows, minimums + 12 * Panels.Rows);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q2_K>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q2_K>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q2_K>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q2_K), q += 4096)
        {
            for (var half = 0; half < 2; half++)
            {
                for (var part = 0; part < 2; part++)
                {
                    // Sixteen bytes hold values 16 part.. of four runs of 32.
                    var panel = q + 2048 * half + 256 * part;
                    var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 16 + 32 * half + 16 * part, rowBytes);
                    for (var run = 0; run < 4; run++, panel += 512)
                    {
                        PanelVectors.Store(
                            panel,
                            PanelVectors.Bits(t0, 2 * run, 3, 0), PanelVectors.Bits(t1, 2 * run, 3, 0),
                            PanelVectors.Bits(t2, 2 * run, 3, 0), PanelVectors.Bits(t3, 2 * run, 3, 0));
                    }
                }
            }
        }
    }

    // Four bytes of each row: a 4-bit scale below a 4-bit minimum.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void FourPairs(Vector512<byte> pairs, Vector512<float> scale, Vector512<float> minimum, float* scales, float* minimums)
    {
        var lanes = pairs.AsUInt32();
        for (var g = 0; g < 4; g++, lanes >>= 8)
        {
            PanelVectors.Scaled((lanes & Vector512.Create(15u)).AsInt32(), scale, scales + g * Panels.Rows);
            PanelVectors.Scaled(((lanes >> 4) & Vector512.Create(15u)).AsInt32(), minimum, minimums + g * Panels.Rows);
        }
    }
}
