using Colibri.Formats;
using Colibri.Formats.Packing;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The product of bfloat16 weights with activations rounded to bfloat16, as <c>vdpbf16ps</c> computes it (Intel's manual, volume 2C):
/// for each pair of columns the second product, then the first, each by a fused multiply-add that takes and gives
/// subnormal numbers as zeros.
/// </summary>
internal sealed unsafe class ReferencePairsMatMul : MatMulKernel
{
    public override ActivationKind Activations => ActivationKind.Float;

    /// <inheritdoc/>
    public override bool MultipliesPairs => true;

    public override int ScratchBytes => 0;

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        var w = new float[weight.Columns];
        var a = new float[weight.Columns];
        var narrow = new ushort[weight.Columns];
        for (var output = firstPanel * Panel; output < end; output++)
        {
            weight.DecodeRow(output, w);
            for (var r = 0; r < rows; r++)
            {
                fixed (ushort* target = narrow)
                {
                    PairRounding.Plain(x.From(r).Values, weight.Columns, target);
                }

                BrainConversion.Widen(narrow, a);
                var sum = 0f;
                for (var k = 0; k < w.Length; k += 2)
                {
                    var (w1, a1) = k + 1 < w.Length ? (w[k + 1], a[k + 1]) : (0, 0);
                    sum = Normal(MathF.FusedMultiplyAdd(Normal(w1), Normal(a1), sum));
                    sum = Normal(MathF.FusedMultiplyAdd(Normal(w[k]), Normal(a[k]), sum));
                }

                destination.Y[(nint)r * destination.Stride + output] = sum;
            }
        }

        Finish(destination, firstPanel * Panel, end - firstPanel * Panel, rows);
    }

    private static float Normal(float value) => float.IsSubnormal(value) ? MathF.CopySign(0, value) : value;
}
