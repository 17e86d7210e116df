using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q4_0
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<Q4_0>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<Q4_0>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_0), q += 512, scales += Panels.Rows)
        {
            PanelVectors.Halves(rows, rowBytes).Store(scales);
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 2, rowBytes);
            PanelVectors.Store(q, PanelVectors.Low(t0), PanelVectors.Low(t1), PanelVectors.Low(t2), PanelVectors.Low(t3));
            PanelVectors.Store(q + 256, PanelVectors.High(t0), PanelVectors.High(t1), PanelVectors.High(t2), PanelVectors.High(t3));
        }
    }

    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q4_0>.HasRowDot => Avx512BW.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe Vector512<float> IIntegerBlockFormat<Q4_0>.RowDot(
        byte* rows, nint rowBytes, int blocks, sbyte* activations, float* activationScales, int* activationSums, Vector512<float> sums)
    {
        for (var b = 0; b < blocks; b++, rows += sizeof(Q4_0), activations += 32, activationSums += 2)
        {
            var (t0, t1, t2, t3) = PanelVectors.Turn(rows + 2, rowBytes);

            // A product pair is at most 2 * 15 * 127, eight of them 30,480: nothing saturates or overflows in 16 bits.
            var even = Times(PanelVectors.Low(t0), activations) + Times(PanelVectors.Low(t1), activations + 4)
                + Times(PanelVectors.Low(t2), activations + 8) + Times(PanelVectors.Low(t3), activations + 12);
            var odd = Times(PanelVectors.High(t0), activations + 16) + Times(PanelVectors.High(t1), activations + 20)
                + Times(PanelVectors.High(t2), activations + 24) + Times(PanelVectors.High(t3), activations + 28);
            var product = Avx512BW.MultiplyAddAdjacent(even + odd, Vector512.Create((short)1))
                - Vector512.Create(8 * (activationSums[0] + activationSums[1]));
            var scale = PanelVectors.Halves(rows, rowBytes) * Vector512.Create(activationScales[b]);
            sums = Vector512.FusedMultiplyAdd(Vector512.ConvertToSingle(product), scale, sums);
        }

        return sums;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static unsafe Vector512<short> Times(Vector512<byte> weights, sbyte* four) =>
        Avx512BW.MultiplyAddAdjacent(weights, Vector512.Create(*(int*)four).AsSByte());
}
