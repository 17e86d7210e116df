using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>Attention one query vector at a time, tile by tile.</summary>
internal sealed unsafe class ReferenceAttention : AttentionKernel
{
    private const int Tile = KvLayout.PagePositions;

    public override void Attend(in AttentionTask task)
    {
        var layout = task.Layout;
        var size = layout.HeadSize;
        var keys = new float[size * Tile];
        var values = new float[layout.ValueStride * Tile];
        var query = new float[size];
        var output = new float[size];
        var scores = new float[Tile];
        for (var token = 0; token < task.Tokens; token++)
        {
            for (var member = 0; member < task.Group; member++)
            {
                var source = task.Queries + (nint)token * task.QueryStride + member * size;
                for (var d = 0; d < size; d++)
                {
                    query[d] = source[d] * task.Scale;
                }

                Array.Clear(output);
                var largest = float.NegativeInfinity;
                var total = 0f;
                var position = task.FirstPosition + token;
                for (var start = 0; start <= position; start += Tile)
                {
                    var page = task.Pages[start / Tile];
                    layout.Format.Decode(new ReadOnlySpan<byte>(layout.Keys(page, task.Layer, task.Head), keys.Length * layout.Format.BytesPerBlock), keys);
                    layout.Format.Decode(new ReadOnlySpan<byte>(layout.Values(page, task.Layer, task.Head), values.Length * layout.Format.BytesPerBlock), values);
                    var count = Math.Min(Tile, position - start + 1);
                    OneTile(query, keys, values, layout.ValueStride, count, scores, output, ref largest, ref total);
                }

                var target = task.Output + (nint)token * task.OutputStride + member * size;
                var inverse = 1 / total;
                for (var d = 0; d < size; d++)
                {
                    target[d] = output[d] * inverse;
                }
            }
        }
    }

    private static void OneTile(float[] query, float[] keys, float[] values, int valueStride, int count, float[] scores, float[] output, ref float largest, ref float total)
    {
        Array.Fill(scores, float.NegativeInfinity);
        for (var j = 0; j < count; j++)
        {
            scores[j] = 0;
            for (var d = 0; d < query.Length; d++)
            {
                scores[j] = MathF.FusedMultiplyAdd(query[d], keys[d * Tile + j], scores[j]);
            }
        }

        var newLargest = largest;
        foreach (var score in scores)
        {
            newLargest = LaneTree.Larger(score, newLargest);
        }

        var correction = LaneMath.Exp(largest - newLargest);
        Span<float> chains = stackalloc float[16];
        chains.Clear();
        for (var j = 0; j < Tile; j++)
        {
            scores[j] = LaneMath.Exp(scores[j] - newLargest);
            chains[j % 16] += scores[j];
        }

        total = MathF.FusedMultiplyAdd(total, correction, LaneTree.Sum(chains));
        largest = newLargest;
        for (var d = 0; d < output.Length; d++)
        {
            output[d] *= correction;
            for (var j = 0; j < count; j++)
            {
                output[d] = MathF.FusedMultiplyAdd(scores[j], values[j * valueStride + d], output[d]);
            }
        }
    }
}
