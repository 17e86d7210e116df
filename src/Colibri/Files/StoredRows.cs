using Colibri.Formats;

namespace Colibri.Files;

/// <summary>A stored tensor with its rows as they lie, or in another order.</summary>
/// <param name="tensor">The tensor.</param>
/// <param name="order">For each new row the old one; null leaves them in place. With an order, a vector's values count as rows.</param>
internal sealed class StoredRows(StoredTensor tensor, Func<long, long>? order = null) : TensorRows
{
    private const int CopiedAtOnce = 4 << 20;

    /// <inheritdoc/>
    public override string Origin => tensor.Name;

    /// <inheritdoc/>
    public override TensorFormat Format => tensor.Format;

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape => tensor.Shape.Count == 0 ? [1] : tensor.Shape;

    /// <inheritdoc/>
    public override long Rows => tensor.Count == 0 ? 0 : tensor.Count / Columns;

    /// <inheritdoc/>
    public override int Columns => order is not null && tensor.Shape.Count == 1 ? 1 : checked((int)Shape[^1]);

    private int RowBytes => checked((int)tensor.Format.BytesFor(Columns));

    /// <inheritdoc/>
    public override void Read(long first, int count, Span<float> values)
    {
        if (order is null)
        {
            tensor.Format.Decode(tensor.Slice(first * RowBytes, checked(count * RowBytes)), values[..(count * Columns)]);
            return;
        }

        for (var row = 0; row < count; row++)
        {
            tensor.Format.Decode(tensor.Slice(order(first + row) * RowBytes, RowBytes), values.Slice(row * Columns, Columns));
        }
    }

    /// <inheritdoc/>
    public override bool TryCopy(TensorSink sink)
    {
        if (order is null)
        {
            var piece = Math.Max(1, CopiedAtOnce / Math.Max(1, RowBytes));
            for (var first = 0L; first < Rows; first += piece)
            {
                var count = Math.Min(piece, Rows - first);
                sink.Write(tensor.Slice(first * RowBytes, checked((int)(count * RowBytes))));
                Release(first, count);
            }

            return true;
        }

        for (var row = 0L; row < Rows; row++)
        {
            sink.Write(tensor.Slice(order(row) * RowBytes, RowBytes));
        }

        return true;
    }

    /// <inheritdoc/>
    public override void Release(long first, long count)
    {
        if (order is null && tensor.Range is { } range)
        {
            range.File.Release(range.Offset + (first * RowBytes), count * RowBytes);
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        if (tensor.Range is { } range)
        {
            range.File.Release(range.Offset, range.Length);
        }
    }
}
