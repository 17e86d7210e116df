using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>The float32 product as its definition reads, for weights of any format.</summary>
internal sealed unsafe class ReferenceFloatMatMul : MatMulKernel
{
    public override ActivationKind Activations => ActivationKind.Float;

    public override int ScratchBytes => 0;

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var decoded = new float[weight.Columns];
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        for (var output = firstPanel * Panel; output < end; output++)
        {
            weight.DecodeRow(output, decoded);
            for (var r = 0; r < rows; r++)
            {
                var values = x.Values + (nint)r * x.Stride;
                var sum = Stretched(values, decoded, 0);
                for (var column = Stretch; column < decoded.Length; column += Stretch)
                {
                    sum += Stretched(values, decoded, column);
                }

                destination.Y[(nint)r * destination.Stride + output] = sum;
            }

            Finish(destination, output, 1, rows);
        }
    }

    private static float Stretched(float* x, float[] w, int column)
    {
        var end = Math.Min(w.Length, column + Stretch);
        Span<float> chains = stackalloc float[4];
        chains.Clear();
        for (; column < end; column += 4)
        {
            for (var j = 0; j < 4; j++)
            {
                var exists = column + j < end;
                chains[j] = MathF.FusedMultiplyAdd(exists ? x[column + j] : 0, exists ? w[column + j] : 0, chains[j]);
            }
        }

        return (chains[0] + chains[1]) + (chains[2] + chains[3]);
    }
}

/// <summary>The integer product as its definition reads, for weights of an integer format.</summary>
internal sealed unsafe class ReferenceIntegerMatMul<TBlock> : MatMulKernel where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    public override ActivationKind Activations => ActivationKind.Int8;

    public override int ScratchBytes => 0;

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var q = new byte[TBlock.ValuesPerBlock];
        var scales = new float[TBlock.ValuesPerBlock / TBlock.GroupSize];
        var minimums = new float[scales.Length];
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        for (var output = firstPanel * Panel; output < end; output++)
        {
            var blocks = new ReadOnlySpan<TBlock>(weight.Address + output * weight.RowBytes, weight.Columns / TBlock.ValuesPerBlock);
            for (var r = 0; r < rows; r++)
            {
                destination.Y[(nint)r * destination.Stride + output] = Dot(blocks, x.From(r), q, scales, minimums);
            }

            Finish(destination, output, 1, rows);
        }
    }

    private static float Dot(ReadOnlySpan<TBlock> blocks, in Activations x, byte[] q, float[] scales, float[] minimums)
    {
        var result = 0f;
        var column = 0;
        foreach (ref readonly var block in blocks)
        {
            TBlock.Split(block, q, scales, minimums);
            for (var group = 0; group < scales.Length; group++, column += TBlock.GroupSize)
            {
                int product = 0, sum = 0;
                for (var i = 0; i < TBlock.GroupSize; i++)
                {
                    product += (q[group * TBlock.GroupSize + i] - TBlock.Offset) * x.Integers[column + i];
                    sum += x.Integers[column + i];
                }

                var scale = x.Scales[column / QuantizeKernel.Block];
                result = MathF.FusedMultiplyAdd(product, scales[group] * scale, result);
                if (TBlock.HasMinimums)
                {
                    result = MathF.FusedMultiplyAdd(minimums[group], -(scale * sum), result);
                }
            }
        }

        return result;
    }
}
