using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats;

public partial struct Q6_K
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q6_K>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q6_K), scales += 16 * Panels.Rows)
        {
            var scale = PanelVectors.Halves(rows + 208, rowBytes);
            var (s0, s1, s2, s3) = PanelVectors.Turn(rows + 192, rowBytes);
            PanelVectors.SignedScales(s0, scale, scales);
            PanelVectors.SignedScales(s1, scale, scales + 4 * Panels.Rows);
            PanelVectors.SignedScales(s2, scale, scales + 8 * Panels.Rows);
            PanelVectors.SignedScales(s3, scale, scales + 12 * Panels.Rows);
        }
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q6_K>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q6_K>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<Q6_K>(rows, rowBytes, lastRow, blocks, scales, minimums);
        for (var b = 0; b < blocks; b++, rows += sizeof(Q6_K), q += 4096)
        {
            for (var half = 0; half < 2; half++)
            {
                for (var part = 0; part < 2; part++)
                {
                    // Sixteen bytes of low halves hold values 16 part.. and 64 further on; 32 bytes on, values 32 and 96 further.
                    var low = rows + 64 * half + 16 * part;
                    var high = rows + 128 + 32 * half + 16 * part;
                    var panel = q + 2048 * half + 256 * part;
                    var (h0, h1, h2, h3) = PanelVectors.Turn(high, rowBytes);
                    EvenRuns(low, rowBytes, panel, h0, h1, h2, h3);
                    OddRuns(low + 32, rowBytes, panel + 512, h0, h1, h2, h3);
                }
            }
        }
    }

    // Methods of their own: there is a limit to what the compiler takes into one.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static unsafe void EvenRuns(byte* low, nint rowBytes, byte* panel, Vector512<byte> h0, Vector512<byte> h1, Vector512<byte> h2, Vector512<byte> h3)
    {
        var (t0, t1, t2, t3) = PanelVectors.Turn(low, rowBytes);
        PanelVectors.Store(panel, Six(t0, h0, 0), Six(t1, h1, 0), Six(t2, h2, 0), Six(t3, h3, 0));
        PanelVectors.Store(panel + 1024, Six(t0, h0, 2), Six(t1, h1, 2), Six(t2, h2, 2), Six(t3, h3, 2));
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static unsafe void OddRuns(byte* low, nint rowBytes, byte* panel, Vector512<byte> h0, Vector512<byte> h1, Vector512<byte> h2, Vector512<byte> h3)
    {
        var (t0, t1, t2, t3) = PanelVectors.Turn(low, rowBytes);
        PanelVectors.Store(panel, Six(t0, h0, 1), Six(t1, h1, 1), Six(t2, h2, 1), Six(t3, h3, 1));
        PanelVectors.Store(panel + 1024, Six(t0, h0, 3), Six(t1, h1, 3), Six(t2, h2, 3), Six(t3, h3, 3));
    }

    // The four low bits (of the high half for pairs 2 and 3) and the pair of upper bits above them.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Six(Vector512<byte> low, Vector512<byte> high, int pair)
    {
        var four = pair < 2 ? PanelVectors.Low(low) : PanelVectors.High(low);
        return four | PanelVectors.Bits(high, 2 * pair, 3, 4);
    }
}
