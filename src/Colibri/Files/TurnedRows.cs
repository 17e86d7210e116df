using System.Buffers;
using Colibri.Formats;

namespace Colibri.Files;

/// <summary>A matrix stored as [columns, rows], read the other way around.</summary>
internal sealed class TurnedRows : TensorRows
{
    private readonly StoredTensor _tensor;

    /// <summary>Turns a stored matrix.</summary>
    /// <param name="tensor">A matrix whose format has one value per block.</param>
    /// <exception cref="InputException">It is no matrix, or its blocks hold several values.</exception>
    public TurnedRows(StoredTensor tensor)
    {
        _tensor = tensor.Shape.Count == 2 && tensor.Format.ValuesPerBlock == 1
            ? tensor
            : throw new InputException($"tensor {Printable.Quote(tensor.Name)} {Printable.Shape(tensor.Shape)} is {tensor.Format}, which cannot be turned; a matrix of single values is expected.");
        Columns = checked((int)tensor.Shape[0]);
    }

    /// <inheritdoc/>
    public override string Origin => _tensor.Name;

    /// <inheritdoc/>
    public override TensorFormat Format => _tensor.Format;

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape => [_tensor.Shape[1], _tensor.Shape[0]];

    /// <inheritdoc/>
    public override long Rows => _tensor.Shape[1];

    /// <inheritdoc/>
    public override int Columns { get; }

    /// <inheritdoc/>
    public override void Read(long first, int count, Span<float> values)
    {
        // A stretch of each stored row holds one value of each wanted row.
        var stretch = ArrayPool<float>.Shared.Rent(count);
        try
        {
            for (var column = 0; column < Columns; column++)
            {
                var at = _tensor.Format.BytesFor((column * Rows) + first);
                _tensor.Format.Decode(_tensor.Slice(at, checked((int)_tensor.Format.BytesFor(count))), stretch.AsSpan(0, count));
                for (var row = 0; row < count; row++)
                {
                    values[(row * Columns) + column] = stretch[row];
                }
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(stretch);
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        if (_tensor.Range is { } range)
        {
            range.File.Release(range.Offset, range.Length);
        }
    }
}
