using System.Runtime.CompilerServices;
using Colibri.Formats;

namespace Colibri.Kernels.Attention;

/// <summary>
/// How keys and values lie in a page of 64 positions. For each layer and key/value head: keys as [headSize, 64] (one
/// score is one chain, sixteen positions side by side), then values as [64, headSize rounded up to 16]. Q8_0 keeps the
/// bytes of its blocks in these places and their scales apart: behind the keys [groups, 64], behind the values
/// [64, groups], a group being 32 values of a head (the last one what is left).
/// </summary>
public sealed unsafe class KvLayout
{
    /// <summary>Positions in a page, and in a tile of attention.</summary>
    public const int PagePositions = 64;

    /// <summary>Values that share a scale where there are scales.</summary>
    internal const int GroupSize = 32;

    private readonly int _headBytes;
    private readonly int _keyBytes;
    private readonly int _valueBytes;
    private readonly int _scaleBytes;

    /// <summary>Describes the pages of a model.</summary>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="heads">Key/value heads per layer.</param>
    /// <param name="headSize">Values per head.</param>
    /// <param name="format">F32, F16 or Q8_0.</param>
    /// <exception cref="InputException">The format cannot hold keys and values.</exception>
    public KvLayout(int layers, int heads, int headSize, TensorFormat format)
    {
        Storage = KvStorages.Of(format);
        Layers = layers;
        Heads = heads;
        HeadSize = headSize;
        Format = format;
        ValueStride = (headSize + 15) / 16 * 16;
        var bytes = Storage switch
        {
            KvStorage.Singles => sizeof(float),
            KvStorage.Halves => sizeof(ushort),
            _ => sizeof(sbyte),
        };
        _keyBytes = headSize * PagePositions * bytes;
        _valueBytes = ValueStride * PagePositions * bytes;
        _scaleBytes = Storage == KvStorage.ScaledBytes ? Groups * PagePositions * sizeof(ushort) : 0;
        _headBytes = _keyBytes + _valueBytes + 2 * _scaleBytes;
    }

    /// <summary>Layers with attention.</summary>
    public int Layers { get; }

    /// <summary>Key/value heads per layer.</summary>
    public int Heads { get; }

    /// <summary>Values per head.</summary>
    public int HeadSize { get; }

    /// <summary>How keys and values are stored.</summary>
    public TensorFormat Format { get; }

    /// <summary>Bytes of a page: all layers and heads of 64 positions.</summary>
    public long PageBytes => (long)_headBytes * Heads * Layers;

    /// <summary>What pages are made of.</summary>
    internal KvStorage Storage { get; }

    /// <summary>Groups of a head that have a scale each.</summary>
    internal int Groups => (HeadSize + GroupSize - 1) / GroupSize;

    /// <summary>Values from one position's value row to the next.</summary>
    internal int ValueStride { get; }

    /// <summary>Bytes that the pages of one sequence take.</summary>
    /// <param name="positions">Length of the sequence in tokens.</param>
    public long BytesFor(int positions) => (positions + PagePositions - 1L) / PagePositions * PageBytes;

    /// <summary>Bytes of one position: keys and values of all heads of a layer, scales included.</summary>
    public double PositionBytes => (double)_headBytes * Heads / PagePositions;

    /// <summary>The keys of a head in a page.</summary>
    internal byte* Keys(byte* page, int layer, int head) => page + ((long)layer * Heads + head) * _headBytes;

    /// <summary>The values of a head in a page.</summary>
    internal byte* Values(byte* page, int layer, int head) => Keys(page, layer, head) + _keyBytes + _scaleBytes;

    /// <summary>The scales behind some keys, [groups, 64].</summary>
    internal ushort* KeyScales(byte* keys) => (ushort*)(keys + _keyBytes);

    /// <summary>The scales behind some values, [64, groups].</summary>
    internal ushort* ValueScales(byte* values) => (ushort*)(values + _valueBytes);

    /// <summary>Stores one token's keys and values for all heads of a layer.</summary>
    /// <param name="page">The page of the token's position.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="position">Position within the page, 0..63.</param>
    /// <param name="keys">[heads, headSize], already rotated.</param>
    /// <param name="values">[heads, headSize].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Store(byte* page, int layer, int position, float* keys, float* values)
    {
        for (var head = 0; head < Heads; head++, keys += HeadSize, values += HeadSize)
        {
            var keyRoom = Keys(page, layer, head);
            var valueRoom = Values(page, layer, head);
            switch (Storage)
            {
                case KvStorage.Singles:
                    Turn(keys, (float*)keyRoom + position);
                    new ReadOnlySpan<float>(values, HeadSize).CopyTo(new Span<float>((float*)valueRoom + position * ValueStride, HeadSize));
                    break;
                case KvStorage.Halves:
                    StoreHalves(keys, values, (ushort*)keyRoom + position, (ushort*)valueRoom + position * ValueStride);
                    break;
                default:
                    StoreBytes(keys, (sbyte*)keyRoom + position, PagePositions, KeyScales(keyRoom) + position, PagePositions);
                    StoreBytes(values, (sbyte*)valueRoom + position * ValueStride, 1, ValueScales(valueRoom) + position * Groups, 1);
                    break;
            }
        }
    }

    private void StoreHalves(float* keys, float* values, ushort* keyColumn, ushort* valueRow)
    {
        var encoded = stackalloc ushort[HeadSize];
        Format.Encode(new ReadOnlySpan<float>(keys, HeadSize), new Span<byte>(encoded, HeadSize * sizeof(ushort)));
        Turn(encoded, keyColumn);
        Format.Encode(new ReadOnlySpan<float>(values, HeadSize), new Span<byte>(valueRow, HeadSize * sizeof(ushort)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StoreBytes(float* source, sbyte* target, int stride, ushort* scales, int scaleStride)
    {
        var padded = stackalloc float[GroupSize];
        var block = default(Q8_0);
        for (var start = 0; start < HeadSize; start += GroupSize, scales += scaleStride)
        {
            var count = Math.Min(GroupSize, HeadSize - start);
            new Span<float>(padded, GroupSize).Clear();
            new ReadOnlySpan<float>(source + start, count).CopyTo(new Span<float>(padded, GroupSize));
            Q8_0.Encode(new ReadOnlySpan<float>(padded, GroupSize), new Span<Q8_0>(ref block));
            *scales = BitConverter.HalfToUInt16Bits(block.Scale);
            ReadOnlySpan<byte> bytes = block.Values;
            for (var i = 0; i < count; i++)
            {
                target[(start + i) * stride] = (sbyte)bytes[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn<TValue>(TValue* row, TValue* column) where TValue : unmanaged
    {
        for (var d = 0; d < HeadSize; d++)
        {
            column[d * PagePositions] = row[d];
        }
    }
}
