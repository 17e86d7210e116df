using System.Runtime.CompilerServices;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>Turns a block's scores of one tile into weights, and keeps the running maximum and sums.</summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal static unsafe class TileSoftmax<T> where T : unmanaged, ILanes<T>
{
    private const int Tile = KvLayout.PagePositions;

    /// <summary>Replaces every score by cap * tanh(score / cap).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Cap(float* scores, int rows, int columns, float cap)
    {
        var (factor, inverse) = (T.Broadcast(cap), T.Broadcast(1 / cap));
        for (var row = 0; row < rows; row++, scores += Tile)
        {
            for (var j = 0; j < columns; j += 16)
            {
                T.Store(factor * LaneMath.Tanh(T.Load(scores + j) * inverse), scores + j);
            }
        }
    }

    /// <summary>Scores outside a row's positions become minus infinity, so that they get no weight.</summary>
    /// <param name="scores">One row.</param>
    /// <param name="columns">Scores of the row, a multiple of 16.</param>
    /// <param name="first">First position of the tile that counts.</param>
    /// <param name="end">Behind the last one.</param>
    /// <param name="positions">0, 1, 2, ...</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Mask(float* scores, int columns, int first, int end, float* positions)
    {
        var (from, to, nothing) = (T.Broadcast(first), T.Broadcast(end), T.Broadcast(float.NegativeInfinity));
        for (var j = 0; j < columns; j += 16)
        {
            var position = T.Load(positions + j);
            T.Store(T.SelectLess(position, from, nothing, T.SelectLess(position, to, T.Load(scores + j), nothing)), scores + j);
        }
    }

    /// <summary>Scores to weights.</summary>
    /// <param name="room">Scores, corrections and maximums are the block's own.</param>
    /// <param name="rows">Rows of the block.</param>
    /// <param name="columns">Scores of a row, a multiple of 16.</param>
    /// <param name="largest">[16]: each row's largest score so far.</param>
    /// <param name="totals">[rows, 16]: each row's sums so far.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weigh(in AttentionRoom room, int rows, int columns, float* largest, float* totals)
    {
        var scores = room.Scores;
        var maximums = room.Maximums;
        var corrections = room.Corrections;
        for (var row = 0; row < rows; row++)
        {
            var s = scores + row * Tile;
            var m = T.Load(s);
            for (var j = 16; j < columns; j += 16)
            {
                m = T.Larger(m, T.Load(s + j));
            }

            maximums[row] = T.Largest(m);
        }

        // All rows side by side. Where nothing is visible yet the maximum is minus infinity, and nothing is subtracted.
        var old = T.Load(largest);
        var grown = T.Larger(T.Load(maximums), old);
        var shift = T.SelectLess(grown, T.Broadcast(float.MinValue), T.Zero, grown);
        T.Store(grown, largest);
        T.Store(shift, maximums);
        T.Store(LaneMath.ExpNegative(old - shift), corrections);
        for (var row = 0; row < rows; row++)
        {
            var s = scores + row * Tile;
            var subtract = T.Broadcast(maximums[row]);
            var sum = LaneMath.ExpNegative(T.Load(s) - subtract);
            T.Store(sum, s);
            for (var j = 16; j < columns; j += 16)
            {
                var weight = LaneMath.ExpNegative(T.Load(s + j) - subtract);
                T.Store(weight, s + j);
                sum = sum + weight;
            }

            var total = totals + row * 16;
            T.Store(T.MultiplyAdd(T.Load(total), T.Broadcast(corrections[row]), sum), total);
        }
    }
}
