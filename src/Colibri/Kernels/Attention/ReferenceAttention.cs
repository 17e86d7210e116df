using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>Attention one query vector at a time, tile by tile.</summary>
internal sealed unsafe class ReferenceAttention : AttentionKernel
{
    private const int Tile = KvLayout.PagePositions;

    public override void Attend(in AttentionTask task)
    {
        var size = task.Source.Layout.HeadSize;
        for (var token = 0; token < task.Tokens; token++)
        {
            for (var member = 0; member < task.Group; member++)
            {
                var source = task.Queries + (nint)token * task.QueryStride + member * size;
                var target = task.Output + (nint)token * task.OutputStride + member * size;
                Vector(task, task.FirstPosition + token, source, target, size);
            }
        }
    }

    private static void Vector(in AttentionTask task, int position, float* source, float* target, int size)
    {
        var query = new float[size];
        for (var d = 0; d < size; d++)
        {
            query[d] = source[d] * task.Scale;
        }

        var state = new State(size);
        var (first, end) = (task.Reach.First(position), task.Reach.End(position));
        for (var start = first / Tile * Tile; start < end; start += Tile)
        {
            OneTile(task, query, start, Math.Max(first, start), Math.Min(end, start + Tile), state);
        }

        var inverse = 1 / LaneTree.Sum(state.Chains);
        for (var d = 0; d < size; d++)
        {
            target[d] = state.Output[d] * inverse;
        }
    }

    private static void OneTile(in AttentionTask task, float[] query, int start, int first, int end, State state)
    {
        var size = query.Length;
        var scores = new float[Tile];
        Array.Fill(scores, float.NegativeInfinity);
        var largest = state.Largest;
        for (var p = first; p < end; p++)
        {
            var score = 0f;
            for (var d = 0; d < size; d++)
            {
                score = MathF.FusedMultiplyAdd(query[d], Key(task.Source, p, d), score);
            }

            scores[p - start] = task.SoftCap == 0 ? score : task.SoftCap * LaneMath.Tanh(score * (1 / task.SoftCap));
            largest = LaneTree.Larger(scores[p - start], largest);
        }

        var shift = largest < float.MinValue ? 0 : largest;
        var correction = LaneMath.Exp(state.Largest - shift);
        var sums = new float[16];
        for (var j = 0; j < Tile; j++)
        {
            scores[j] = LaneMath.Exp(scores[j] - shift);
            sums[j % 16] += scores[j];
        }

        state.Largest = largest;
        for (var i = 0; i < 16; i++)
        {
            state.Chains[i] = MathF.FusedMultiplyAdd(state.Chains[i], correction, sums[i]);
        }

        for (var d = 0; d < size; d++)
        {
            state.Output[d] *= correction;
            for (var p = first; p < end; p++)
            {
                state.Output[d] = MathF.FusedMultiplyAdd(scores[p - start], Value(task.Source, p, d), state.Output[d]);
            }
        }
    }

    private static float Key(in KvSource source, int position, int d)
    {
        if (source.Pages == null)
        {
            return source.KeyRows[(nint)position * source.KeyStride + d];
        }

        var keys = source.Keys(position);
        var column = position % Tile;
        return Stored(source.Layout, keys, d * Tile + column, source.Layout.KeyScales(keys) + d / KvLayout.GroupSize * Tile + column);
    }

    private static float Value(in KvSource source, int position, int d)
    {
        if (source.Pages == null)
        {
            return source.ValueRows[(nint)position * source.ValueStride + d];
        }

        var values = source.Values(position);
        var row = position % Tile;
        var layout = source.Layout;
        return Stored(layout, values, row * layout.ValueStride + d, layout.ValueScales(values) + row * layout.Groups + d / KvLayout.GroupSize);
    }

    private static float Stored(KvLayout layout, byte* stored, int index, ushort* scale) => layout.Storage switch
    {
        KvStorage.Singles => ((float*)stored)[index],
        KvStorage.Halves => (float)BitConverter.UInt16BitsToHalf(((ushort*)stored)[index]),
        _ => (float)BitConverter.UInt16BitsToHalf(*scale) * ((sbyte*)stored)[index],
    };

    // What is known of a vector behind some tiles.
    private sealed class State(int size)
    {
        public float Largest { get; set; } = float.NegativeInfinity;

        public float[] Chains { get; } = new float[16];

        public float[] Output { get; } = new float[size];
    }
}
