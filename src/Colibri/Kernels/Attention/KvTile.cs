using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.MatMul;

namespace Colibri.Kernels.Attention;

/// <summary>
/// Brings a tile of keys and values to float32, exactly as their format decodes: where they lie if they are float32
/// already, otherwise into the task's room.
/// </summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal static unsafe class KvTile<T> where T : unmanaged, ILanes<T>
{
    private const int Tile = KvLayout.PagePositions;

    /// <summary>Keys as [headSize, 64].</summary>
    /// <param name="source">Keys and values of the sequence.</param>
    /// <param name="room">The task's room.</param>
    /// <param name="start">The tile's first position, a multiple of 64.</param>
    /// <param name="count">Positions from there that are read; those behind hold anything.</param>
    /// <param name="next">Where what is read next is stored: it is asked for on the way; or null.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Keys(in KvSource source, in AttentionRoom room, int start, int count, byte* next)
    {
        var size = source.Layout.HeadSize;
        if (source.Pages == null)
        {
            TurnRows(source.KeyRows + (nint)start * source.KeyStride, source.KeyStride, size, count, room);
            return room.Keys;
        }

        var stored = source.Keys(start);
        var ahead = next == null ? 0 : (nint)(next - stored);
        var columns = (count + 15) / 16 * 16;
        switch (source.Layout.Storage)
        {
            case KvStorage.Singles:
                return (float*)stored;
            case KvStorage.Halves:
                for (nint d = 0; d < size; d++)
                {
                    Halves((ushort*)stored + d * Tile, room.Keys + d * Tile, columns, ahead);
                }

                break;
            default:
                KeyBytes((sbyte*)stored, source.Layout.KeyScales(stored), size, columns, ahead, room.Keys);
                break;
        }

        return room.Keys;
    }

    /// <summary>Values as [64, stride].</summary>
    /// <param name="source">Keys and values of the sequence.</param>
    /// <param name="room">The task's room.</param>
    /// <param name="start">The tile's first position, a multiple of 64.</param>
    /// <param name="count">Positions from there that are read; those behind hold anything.</param>
    /// <param name="next">Where what is read next is stored: it is asked for on the way; or null.</param>
    /// <param name="stride">Values from one position to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float* Values(in KvSource source, in AttentionRoom room, int start, int count, byte* next, out int stride)
    {
        stride = room.OutputStride;
        var size = source.Layout.HeadSize;
        if (source.Pages == null)
        {
            var rows = source.ValueRows + (nint)start * source.ValueStride;
            if (size == stride)
            {
                stride = source.ValueStride;
                return rows;
            }

            for (nint p = 0; p < count; p++)
            {
                new ReadOnlySpan<float>(rows + p * source.ValueStride, size).CopyTo(new Span<float>(room.Values + p * stride, size));
            }

            return room.Values;
        }

        var stored = source.Values(start);
        var ahead = next == null ? 0 : (nint)(next - stored);
        switch (source.Layout.Storage)
        {
            case KvStorage.Singles:
                return (float*)stored;
            case KvStorage.Halves:
                Halves((ushort*)stored, room.Values, count * stride, ahead);
                break;
            default:
                ValueBytes((sbyte*)stored, source.Layout.ValueScales(stored), count, stride, source.Layout.Groups, ahead, room);
                break;
        }

        return room.Values;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Halves(ushort* stored, float* values, int count, nint ahead)
    {
        for (nint i = 0; i < count; i += 16)
        {
            Fetch((byte*)(stored + i) + ahead);
            T.Store(T.LoadHalves(stored + i), values + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void KeyBytes(sbyte* stored, ushort* scales, int size, int columns, nint ahead, float* keys)
    {
        for (var column = 0; column < columns; column += 16)
        {
            for (var first = 0; first < size; first += KvLayout.GroupSize)
            {
                var scale = T.LoadHalves(scales + first / KvLayout.GroupSize * Tile + column);
                var last = Math.Min(size, first + KvLayout.GroupSize);
                for (nint d = first; d < last; d++)
                {
                    Fetch((byte*)(stored + d * Tile + column) + ahead);
                    T.Store(T.LoadBytes(stored + d * Tile + column) * scale, keys + d * Tile + column);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ValueBytes(sbyte* stored, ushort* scales, int count, int stride, int groups, nint ahead, in AttentionRoom room)
    {
        // Scales of whole lanes, some behind the last position too.
        Halves(scales, room.Scales, (count * groups + 15) / 16 * 16, ahead);
        for (var p = 0; p < count; p++)
        {
            for (var d = 0; d < stride; d += 16)
            {
                var at = p * stride + d;
                Fetch((byte*)(stored + at) + ahead);
                T.Store(T.LoadBytes(stored + at) * T.Broadcast(room.Scales[p * groups + d / KvLayout.GroupSize]), room.Values + at);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TurnRows(float* rows, int stride, int size, int count, in AttentionRoom room)
    {
        var keys = room.Keys;
        nint p = 0;
        for (; p + 16 <= count; p += 16)
        {
            // Values are brought to their room behind keys, so that it is free for a panel now.
            Transpose.Sixteen(rows + p * stride, stride, size, room.Values);
            for (nint d = 0; d < size; d++)
            {
                T.Store(T.Load(room.Values + d * 16), keys + d * Tile + p);
            }
        }

        for (; p < count; p++)
        {
            var row = rows + p * stride;
            for (nint d = 0; d < size; d++)
            {
                keys[d * Tile + p] = row[d];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Fetch(byte* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
