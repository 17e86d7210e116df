using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Signed bytes with a scale per output times unsigned bytes with a scale and zero point per row, as the definition reads:
/// n = sum over k of q[k] * w[k], minus zero * sum over k of w[k], exact in 32 bits; then y = n * (weight's scale * row's scale),
/// n rounded to float32 once, the scales multiplied first.
/// </summary>
internal sealed unsafe class ReferenceChannelMatMul : MatMulKernel
{
    public override ActivationKind Activations => ActivationKind.Int8Rows;

    public override int ScratchBytes => 0;

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        for (var output = firstPanel * Panel; output < end; output++)
        {
            var w = (sbyte*)weight.Address + output * weight.RowBytes;
            for (var r = 0; r < rows; r++)
            {
                var row = x.From(r);
                var sum = 0;
                for (var k = 0; k < weight.Columns; k++)
                {
                    sum += row.Bytes[k] * w[k];
                }

                destination.Y[(nint)r * destination.Stride + output] = Value(sum, *row.Tokens, weight.ChannelSums[output], weight.ChannelScales[output]);
            }

            Finish(destination, output, 1, rows);
        }
    }

    /// <summary>An output of its sum of products.</summary>
    /// <param name="sum">Sum of unsigned activations times weights.</param>
    /// <param name="token">The row's scale and zero point.</param>
    /// <param name="weights">Sum of the output's weights.</param>
    /// <param name="scale">The output's scale.</param>
    public static float Value(int sum, TokenScale token, int weights, float scale) => (sum - token.Zero * weights) * (scale * token.Scale);
}
