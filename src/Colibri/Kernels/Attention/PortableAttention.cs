using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.MatMul;

namespace Colibri.Kernels.Attention;

/// <summary>
/// Attention tile by tile. A tile is brought to float32 once for all query vectors of the task; blocks of twelve (or six)
/// vectors then take it from the first-level cache: scores, weights, outputs. Queries are fetched and outputs written block
/// by block, between the first and behind the last tile's arithmetic, which hides the way to memory.
/// </summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal sealed unsafe class PortableAttention<T> : AttentionKernel where T : unmanaged, ILanes<T>
{
    private const int Tile = KvLayout.PagePositions;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Attend(in AttentionTask task)
    {
        var vectors = task.Tokens * task.Group;
        var size = task.Source.Layout.HeadSize;
        var room = new AttentionRoom(task.Scratch, vectors, size);
        Prepare(room);
        var end = task.Reach.End(task.FirstPosition + task.Tokens - 1);
        var firstTile = task.Reach.First(task.FirstPosition) / Tile * Tile;
        var lastTile = (end - 1) / Tile * Tile;
        for (var start = firstTile; start <= lastTile; start += Tile)
        {
            var count = Math.Min(Tile, end - start);
            ref readonly var then = ref (start < lastTile ? ref task.Source : ref task.Then);
            var position = start < lastTile ? start + Tile : task.ThenPosition;
            var thenKeys = then.Pages == null ? null : then.Keys(position);
            var thenValues = then.Pages == null ? null : then.Values(position);
            var keys = KvTile<T>.Keys(task.Source, room, start, count, thenKeys);
            var values = KvTile<T>.Values(task.Source, room, start, count, thenValues, out var stride);

            // Pages lie anywhere, and two streams of 16 KB pieces are not what the processor's own prefetcher follows. What is not
            // float32 was asked for when this tile was brought here.
            (nint Keys, nint Values) next = thenKeys == null || task.Source.Pages == null || then.Layout.Storage != KvStorage.Singles ? default
                : ((nint)((float*)thenKeys - keys), (nint)((float*)thenValues - values));
            for (var first = 0; first < vectors; first += TileProduct<T>.BestRows)
            {
                var rows = Math.Min(TileProduct<T>.BestRows, vectors - first);
                if (start == firstTile)
                {
                    Ahead(task.Queries, task.QueryStride, task.Group, first + rows, vectors, size);
                    Begin(task, room, first, rows, size);
                }

                if (start == lastTile)
                {
                    Ahead(task.Output, task.OutputStride, task.Group, first + rows, vectors, size);
                }

                Block(task, room, first, rows, start, keys, values, stride, first == 0 ? next : default);
                if (start == lastTile)
                {
                    End(task, room, first, rows, size);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block(in AttentionTask task, in AttentionRoom room, int first, int rows, int start, float* keys, float* values, int stride, (nint Keys, nint Values) next)
    {
        var (firstToken, lastToken) = (first / task.Group, (first + rows - 1) / task.Group);
        var earliest = Visible(task, firstToken, start);
        var latest = Visible(task, lastToken, start);
        if (latest.End == 0 || earliest.First == Tile)
        {
            return;
        }

        var size = task.Source.Layout.HeadSize;
        var columns = (latest.End + 31) / 32 * 32;
        for (var d = 0; d < size; d += Tile)
        {
            var queries = room.Queries + (nint)d * room.Vectors + first * Tile;
            TileProduct<T>.Block(rows, queries, keys + d * Tile, Tile, Math.Min(Tile, size - d), room.Scores, Tile, columns, d == 0 ? null : room.Ones, next.Keys);
        }

        if (task.SoftCap != 0)
        {
            TileSoftmax<T>.Cap(room.Scores, rows, columns, task.SoftCap);
        }

        if (latest.First > 0 || earliest.End < columns)
        {
            for (int token = firstToken, row = 0; row < rows; token++)
            {
                var visible = Visible(task, token, start);
                for (var behind = Math.Min(rows, (token + 1) * task.Group - first); row < behind; row++)
                {
                    TileSoftmax<T>.Mask(room.Scores + row * Tile, columns, visible.First, visible.End, room.Positions);
                }
            }
        }

        var outputs = room.Outputs + first * room.OutputStride;
        TileSoftmax<T>.Weigh(room, rows, columns, room.Largest + first / TileProduct<T>.BestRows * 16, room.Totals + first * 16);
        if (earliest == latest)
        {
            var (from, to) = earliest;
            TileProduct<T>.Block(rows, room.Scores + from, values + (nint)from * stride, stride, to - from, outputs, room.OutputStride, room.OutputStride, room.Corrections, next.Values);
            return;
        }

        Ragged(task, room, first, rows, start, (latest.First, earliest.End), values, stride, outputs);
    }

    // Tokens of the block see different positions: what all of them see is taken together, what lies before and behind
    // token by token, so that positions stay ascending for each and none is touched that it does not see.
    private static void Ragged(in AttentionTask task, in AttentionRoom room, int first, int rows, int start, (int First, int End) common, float* values, int stride, float* outputs)
    {
        var width = room.OutputStride;
        TileProduct<T>.Block(rows, room.Scores, values, stride, 0, outputs, width, width, room.Corrections, 0);
        if (common.First >= common.End)
        {
            Rows(task, room, first, rows, start, (0, Tile), values, stride, outputs);
            return;
        }

        Rows(task, room, first, rows, start, (0, common.First), values, stride, outputs);
        TileProduct<T>.Block(rows, room.Scores + common.First, values + (nint)common.First * stride, stride, common.End - common.First, outputs, width, width, room.Ones, 0);
        Rows(task, room, first, rows, start, (common.End, Tile), values, stride, outputs);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(in AttentionTask task, in AttentionRoom room, int first, int rows, int start, (int First, int End) within, float* values, int stride, float* outputs)
    {
        for (int token = first / task.Group, row = 0; row < rows; token++)
        {
            var visible = Visible(task, token, start);
            var from = Math.Max(visible.First, within.First);
            var depth = Math.Min(visible.End, within.End) - from;
            for (var behind = Math.Min(rows, (token + 1) * task.Group - first); row < behind; row++)
            {
                if (depth > 0)
                {
                    TileProduct<T>.Row(room.Scores + row * Tile + from, values + (nint)from * stride, stride, depth, outputs + row * room.OutputStride, room.OutputStride, room.Ones, 0);
                }
            }
        }
    }

    // The positions of a tile that a token sees, 0..64; none before the tile gives (64, 64), none behind (0, 0).
    private static (int First, int End) Visible(in AttentionTask task, int token, int start)
    {
        var position = task.FirstPosition + token;
        var first = Math.Clamp(task.Reach.First(position) - start, 0, Tile);
        return (first, Math.Clamp(task.Reach.End(position) - start, 0, Tile));
    }

    // Asks for the vectors of the block behind this one, which the arithmetic of this one gives time to come.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ahead(float* rows, int stride, int group, int first, int vectors, int size)
    {
        var last = Math.Min(vectors, first + TileProduct<T>.BestRows);
        var (token, member) = (first / group, first % group);
        for (var v = first; v < last; v++)
        {
            Prefetch.Ahead((byte*)(rows + (nint)token * stride + member * size), size * sizeof(float));
            (token, member) = member + 1 == group ? (token + 1, 0) : (token, member + 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Prepare(in AttentionRoom room)
    {
        new Span<float>(room.Scores, BlockVectors * Tile).Clear();
        new Span<float>(room.Maximums, 16).Fill(float.NegativeInfinity);
        new Span<float>(room.Corrections, 16).Clear();
        new Span<float>(room.Ones, 16).Fill(1);
        for (var j = 0; j < Tile; j++)
        {
            room.Positions[j] = j;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Begin(in AttentionTask task, in AttentionRoom room, int first, int rows, int size)
    {
        var (token, member) = (first / task.Group, first % task.Group);
        for (var row = first; row < first + rows; row++)
        {
            var source = task.Queries + (nint)token * task.QueryStride + member * size;
            for (var start = 0; start < size; start += Tile)
            {
                Scale(source + start, task.Scale, room.Queries + (nint)start * room.Vectors + row * Tile, Math.Min(Tile, size - start));
            }

            (token, member) = member + 1 == task.Group ? (token + 1, 0) : (token, member + 1);
        }

        // Rows behind the last vector are computed along with its block; they must hold numbers, or slow ones would cost time.
        var block = TileProduct<T>.BestRows;
        for (var chunk = 0; chunk < AttentionRoom.Chunks(size); chunk++)
        {
            new Span<float>(room.Queries + ((nint)chunk * room.Vectors + first + rows) * Tile, (block - rows) * Tile).Clear();
        }

        new Span<float>(room.Outputs + first * room.OutputStride, block * room.OutputStride).Clear();
        new Span<float>(room.Totals + first * 16, block * 16).Clear();
        new Span<float>(room.Largest + first / block * 16, 16).Fill(float.NegativeInfinity);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void End(in AttentionTask task, in AttentionRoom room, int first, int rows, int size)
    {
        var (token, member) = (first / task.Group, first % task.Group);
        for (var row = first; row < first + rows; row++)
        {
            var target = task.Output + (nint)token * task.OutputStride + member * size;
            Scale(room.Outputs + row * room.OutputStride, 1 / T.Sum(T.Load(room.Totals + row * 16)), target, size);
            (token, member) = member + 1 == task.Group ? (token + 1, 0) : (token, member + 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* source, float factor, float* target, int count)
    {
        var d = 0;
        for (; d + 16 <= count; d += 16)
        {
            T.Store(T.Load(source + d) * T.Broadcast(factor), target + d);
        }

        for (; d < count; d++)
        {
            target[d] = source[d] * factor;
        }
    }
}
