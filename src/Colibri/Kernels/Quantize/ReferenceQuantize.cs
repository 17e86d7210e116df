namespace Colibri.Kernels.Quantize;

/// <summary>Quantization of activations as the definition reads.</summary>
internal sealed unsafe class ReferenceQuantize : QuantizeKernel
{
    public override void Row(float* values, int count, sbyte* q, float* scales, int* sums)
    {
        for (var start = 0; start < count; start += Block)
        {
            var largest = 0f;
            var poison = 0f;
            for (var i = start; i < start + Block; i++)
            {
                largest = Math.Abs(values[i]) > largest ? Math.Abs(values[i]) : largest;
                poison += values[i] * 0;
            }

            // A poisoned block has zeros, so that its sums are defined.
            var inverse = float.IsNaN(poison) ? 0 : Inverse(largest);
            scales[start / Block] = largest / 127 + poison;
            for (var i = start; i < start + Block; i++)
            {
                var rounded = MathF.Round(values[i] * inverse);
                q[i] = float.IsNaN(rounded) ? (sbyte)0 : (sbyte)rounded;
            }

            for (var group = start; group < start + Block; group += SumGroup)
            {
                var sum = 0;
                for (var i = group; i < group + SumGroup; i++)
                {
                    sum += q[i];
                }

                sums[group / SumGroup] = sum;
            }
        }
    }
}
