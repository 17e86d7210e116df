using Colibri.Formats;
using Colibri.Formats.Packing;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The product of bfloat16 weights with activations rounded to bfloat16, as <c>vdpbf16ps</c> computes it (Intel's manual, volume 2C):
/// for each pair of columns the second product, then the first, each by a fused multiply-add that takes and gives
/// subnormal numbers as zeros. Chains are those of <see cref="MatMulKernel"/>.
/// </summary>
internal sealed unsafe class ReferencePairsMatMul : MatMulKernel
{
    public override ActivationKind Activations => ActivationKind.Pairs;

    public override int ScratchBytes => 0;

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        var w = new float[weight.Columns];
        var a = new float[weight.Columns];
        for (var output = firstPanel * Panel; output < end; output++)
        {
            weight.DecodeRow(output, w);
            for (var r = 0; r < rows; r++)
            {
                BrainConversion.Widen(new ReadOnlySpan<ushort>(x.From(r).Pairs, weight.Columns), a);
                var sum = Stretched(a, w, 0);
                for (var column = 2 * Stretch; column < w.Length; column += 2 * Stretch)
                {
                    sum += Stretched(a, w, column);
                }

                destination.Y[(nint)r * destination.Stride + output] = sum;
            }
        }

        Finish(destination, firstPanel * Panel, end - firstPanel * Panel, rows);
    }

    private static float Stretched(float[] a, float[] w, int column)
    {
        var end = Math.Min(w.Length, column + 2 * Stretch);
        Span<float> chains = stackalloc float[4];
        chains.Clear();
        for (; column < end; column += 8)
        {
            for (var j = 0; j < 4; j++)
            {
                var k = column + 2 * j;
                var (first, second) = (k < end ? w[k] : 0, k + 1 < end ? w[k + 1] : 0);
                var (x, y) = (k < end ? a[k] : 0, k + 1 < end ? a[k + 1] : 0);
                chains[j] = Normal(MathF.FusedMultiplyAdd(Normal(second), Normal(y), chains[j]));
                chains[j] = Normal(MathF.FusedMultiplyAdd(Normal(first), Normal(x), chains[j]));
            }
        }

        return (chains[0] + chains[1]) + (chains[2] + chains[3]);
    }

    private static float Normal(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
}
