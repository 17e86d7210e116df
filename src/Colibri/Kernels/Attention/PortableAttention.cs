using Colibri.Formats;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.MatMul;

namespace Colibri.Kernels.Attention;

/// <summary>Attention with all query vectors of a task against one tile at a time, so that they share its loads.</summary>
internal sealed unsafe class PortableAttention<T> : AttentionKernel where T : unmanaged, ILanes<T>
{
    private const int Tile = KvLayout.PagePositions;

    public override void Attend(in AttentionTask task)
    {
        var layout = task.Layout;
        var size = layout.HeadSize;
        var padded = layout.ValueStride;
        var vectors = task.Tokens * task.Group;
        var queries = (float*)(((nint)task.Scratch + 63) & ~63);
        var outputs = queries + vectors * padded;
        var scores = outputs + vectors * padded;
        var largest = scores + vectors * Tile;
        var totals = largest + vectors;
        var decodedKeys = (float*)(((nint)(totals + vectors) + 63) & ~63);
        var decodedValues = decodedKeys + size * Tile;

        for (var v = 0; v < vectors; v++)
        {
            var source = task.Queries + (nint)(v / task.Group) * task.QueryStride + v % task.Group * size;
            for (var d = 0; d < size; d++)
            {
                queries[v * padded + d] = source[d] * task.Scale;
            }

            largest[v] = float.NegativeInfinity;
            totals[v] = 0;
        }

        new Span<float>(outputs, vectors * padded).Clear();
        var last = task.FirstPosition + task.Tokens - 1;
        for (var start = 0; start <= last; start += Tile)
        {
            var page = task.Pages[start / Tile];
            var keys = Decoded(layout.Format, layout.Keys(page, task.Layer, task.Head), size * Tile, decodedKeys);
            var values = Decoded(layout.Format, layout.Values(page, task.Layer, task.Head), padded * Tile, decodedValues);

            // Tokens before the tile see nothing of it; tokens behind its end see all of it.
            var firstToken = Math.Max(0, start - task.FirstPosition);
            var firstFull = Math.Clamp(start + Tile - 1 - task.FirstPosition, firstToken, task.Tokens);
            var first = firstToken * task.Group;
            Scores(queries + first * padded, padded, keys, size, scores + first * Tile, vectors - first);
            for (var v = first; v < vectors; v++)
            {
                var count = Math.Min(Tile, task.FirstPosition + v / task.Group - start + 1);
                Weigh(scores + v * Tile, count, ref largest[v], ref totals[v], outputs + v * padded, padded);
            }

            for (var token = firstToken; token < firstFull; token++)
            {
                var count = task.FirstPosition + token - start + 1;
                Accumulate(scores, token * task.Group, task.Group, count, values, padded, outputs);
            }

            Accumulate(scores, firstFull * task.Group, vectors - firstFull * task.Group, Tile, values, padded, outputs);
        }

        for (var v = 0; v < vectors; v++)
        {
            var target = task.Output + (nint)(v / task.Group) * task.OutputStride + v % task.Group * size;
            var inverse = 1 / totals[v];
            for (var d = 0; d < size; d++)
            {
                target[d] = outputs[v * padded + d] * inverse;
            }
        }
    }

    private static float* Decoded(TensorFormat format, byte* stored, int count, float* room)
    {
        if (format.BytesPerBlock == sizeof(float))
        {
            return (float*)stored;
        }

        format.Decode(new ReadOnlySpan<byte>(stored, count * format.BytesPerBlock), new Span<float>(room, count));
        return room;
    }

    private static void Scores(float* queries, int stride, float* keys, int size, float* scores, int vectors)
    {
        var together = vectors & ~3;
        for (var p = 0; p < Tile && together > 0; p += 16)
        {
            PanelProduct<T>.Rows(queries, stride, keys + p, Tile, size, scores + p, Tile, together, true);
        }

        for (var v = together; v < vectors; v++)
        {
            PanelProduct<T>.OneWide(queries + v * stride, keys, Tile, size, scores + v * Tile, true);
        }
    }

    private static void Weigh(float* scores, int count, ref float largest, ref float total, float* output, int padded)
    {
        for (var j = count; j < Tile; j++)
        {
            scores[j] = float.NegativeInfinity;
        }

        var s0 = T.Load(scores);
        var s1 = T.Load(scores + 16);
        var s2 = T.Load(scores + 32);
        var s3 = T.Load(scores + 48);
        var newLargest = LaneTree.Larger(T.LargestOf(T.Max(T.Max(s0, s1), T.Max(s2, s3))), largest);
        var correction = LaneMath.Exp(largest - newLargest);
        var shift = T.Broadcast(newLargest);
        s0 = LaneMath.Exp(s0 - shift);
        s1 = LaneMath.Exp(s1 - shift);
        s2 = LaneMath.Exp(s2 - shift);
        s3 = LaneMath.Exp(s3 - shift);
        T.Store(s0, scores);
        T.Store(s1, scores + 16);
        T.Store(s2, scores + 32);
        T.Store(s3, scores + 48);
        total = MathF.FusedMultiplyAdd(total, correction, T.Sum(s0 + s1 + s2 + s3));
        largest = newLargest;
        if (correction != 1)
        {
            for (var d = 0; d < padded; d += 16)
            {
                T.Store(T.Load(output + d) * T.Broadcast(correction), output + d);
            }
        }
    }

    private static void Accumulate(float* scores, int first, int vectors, int count, float* values, int padded, float* outputs)
    {
        var together = padded % Tile == 0 ? vectors & ~3 : vectors;
        for (var d = 0; d < padded && together > 0; d += 16)
        {
            PanelProduct<T>.Rows(scores + first * Tile, Tile, values + d, padded, count, outputs + first * padded + d, padded, together, false);
        }

        for (var v = first + together; v < first + vectors; v++)
        {
            for (var d = 0; d < padded; d += Tile)
            {
                PanelProduct<T>.OneWide(scores + v * Tile, values + d, padded, count, outputs + v * padded + d, false);
            }
        }
    }
}
