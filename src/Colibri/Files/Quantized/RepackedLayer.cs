using System.Runtime.InteropServices;
using Colibri.Formats;

namespace Colibri.Files.Quantized;

/// <summary>
/// A layer that is brought into a format kernels read, once, when the model loads: room for its weights is reserved at once and
/// filled by <see cref="Fill"/>, so that looking at a model costs nothing. What it was read from leaves memory again.
/// </summary>
internal sealed unsafe class RepackedLayer : IDisposable
{
    private const int RowsTogether = 16;

    private readonly NibbleLayer _layer;
    private byte* _memory;

    /// <summary>Reserves room.</summary>
    /// <param name="name">The name of the weights.</param>
    /// <param name="layer">Where they come from.</param>
    /// <param name="format">What they become (<see cref="GroupedNibbles.FormatFor"/>).</param>
    public RepackedLayer(string name, NibbleLayer layer, TensorFormat format)
    {
        _layer = layer;
        Bytes = checked(format.BytesFor(layer.Columns) * layer.Rows);
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        Weight = new Weight(name, format, layer.Rows, layer.Columns, _memory, this);
    }

    /// <summary>The weights; they hold nothing before <see cref="Fill"/>.</summary>
    public Weight Weight { get; }

    /// <summary>Bytes of the room.</summary>
    public long Bytes { get; }

    /// <summary>The tensors that are not needed any more.</summary>
    public IReadOnlyList<StoredTensor> Replaces => _layer.Tensors;

    /// <summary>Repacks all weights, sixteen outputs at a time.</summary>
    /// <param name="cancellation">Looked at between them.</param>
    public void Fill(CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_memory is null, this);
        var (columns, block) = (_layer.Columns, Weight.Format.ValuesPerBlock);
        var blockBytes = Weight.Format.BytesPerBlock;
        var q = new byte[RowsTogether * columns];
        for (var first = 0; first < _layer.Rows; first += RowsTogether)
        {
            cancellation.ThrowIfCancellationRequested();
            var count = Math.Min(RowsTogether, _layer.Rows - first);
            _layer.Integers(first, count, q);
            for (var r = 0; r < count; r++)
            {
                var target = _memory + (first + r) * Weight.RowBytes;
                for (var column = 0; column < columns; column += block, target += blockBytes)
                {
                    var group = column / _layer.Group;
                    GroupedNibbles.Join(
                        q.AsSpan(r * columns + column, block), _layer.Scale(first + r, group), _layer.Zero(first + r, group), new Span<byte>(target, blockBytes));
                }
            }
        }

        foreach (var tensor in Replaces)
        {
            if (tensor.Range is { } range)
            {
                range.File.Release(range.Offset, range.Length);
            }
        }
    }

    /// <summary>Frees the room; the weights must not be used any more.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_memory);
        _memory = null;
    }
}
