using System.Runtime.InteropServices;
using Colibri.Formats;

namespace Colibri.Kernels.Attention;

/// <summary>
/// How keys and values lie in a page of 64 positions. For each layer and key/value head: keys as [headSize, 64] (one
/// score is one chain, sixteen positions side by side), then values as [64, headSize rounded up to 16].
/// </summary>
public sealed unsafe class KvLayout
{
    /// <summary>Positions in a page, and in a tile of attention.</summary>
    public const int PagePositions = 64;

    private readonly int _paddedHeadSize;
    private readonly int _headBytes;
    private readonly int _keyBytes;

    /// <summary>Describes the pages of a model.</summary>
    /// <param name="layers">Layers with attention.</param>
    /// <param name="heads">Key/value heads per layer.</param>
    /// <param name="headSize">Values per head.</param>
    /// <param name="format">F32 or F16.</param>
    public KvLayout(int layers, int heads, int headSize, TensorFormat format)
    {
        if (format.ValuesPerBlock != 1 || !format.IsNumeric)
        {
            throw new InputException($"{format.Name} cannot hold keys and values; use F32 or F16.");
        }

        Layers = layers;
        Heads = heads;
        HeadSize = headSize;
        Format = format;
        _paddedHeadSize = (headSize + 15) / 16 * 16;
        _keyBytes = headSize * PagePositions * format.BytesPerBlock;
        _headBytes = _keyBytes + _paddedHeadSize * PagePositions * format.BytesPerBlock;
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

    /// <summary>Values from one position's value row to the next.</summary>
    internal int ValueStride => _paddedHeadSize;

    /// <summary>Bytes that the pages of one sequence take.</summary>
    /// <param name="positions">Length of the sequence in tokens.</param>
    public long BytesFor(int positions) => (positions + PagePositions - 1L) / PagePositions * PageBytes;

    /// <summary>The keys of a head in a page.</summary>
    internal byte* Keys(byte* page, int layer, int head) => page + ((long)layer * Heads + head) * _headBytes;

    /// <summary>The values of a head in a page.</summary>
    internal byte* Values(byte* page, int layer, int head) => Keys(page, layer, head) + _keyBytes;

    /// <summary>Stores one token's keys and values for all heads of a layer.</summary>
    /// <param name="page">The page of the token's position.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="position">Position within the page, 0..63.</param>
    /// <param name="keys">[heads, headSize], already rotated.</param>
    /// <param name="values">[heads, headSize].</param>
    internal void Store(byte* page, int layer, int position, float* keys, float* values)
    {
        var size = Format.BytesPerBlock;
        Span<byte> encoded = stackalloc byte[HeadSize * size];
        for (var head = 0; head < Heads; head++)
        {
            Format.Encode(new ReadOnlySpan<float>(values + head * HeadSize, HeadSize), new Span<byte>(Values(page, layer, head) + (long)position * _paddedHeadSize * size, HeadSize * size));
            Format.Encode(new ReadOnlySpan<float>(keys + head * HeadSize, HeadSize), encoded);
            var column = Keys(page, layer, head) + position * size;
            if (size == sizeof(float))
            {
                var source = MemoryMarshal.Cast<byte, float>(encoded);
                for (var d = 0; d < source.Length; d++)
                {
                    ((float*)column)[d * PagePositions] = source[d];
                }
            }
            else
            {
                var source = MemoryMarshal.Cast<byte, ushort>(encoded);
                for (var d = 0; d < source.Length; d++)
                {
                    ((ushort*)column)[d * PagePositions] = source[d];
                }
            }
        }
    }
}
