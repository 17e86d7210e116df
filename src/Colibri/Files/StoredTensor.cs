using Colibri.Formats;

namespace Colibri.Files;

/// <summary>A named tensor as it lies in a mapped file. Nothing is read until its bytes are touched.</summary>
public sealed unsafe class StoredTensor
{
    internal StoredTensor(string name, TensorFormat format, long[] shape, byte* address, long bytes, object owner)
    {
        Name = name;
        Format = format;
        Shape = shape;
        Count = shape.Aggregate(1L, (a, b) => checked(a * b));
        Address = address;
        Bytes = bytes;
        Owner = owner;
    }

    /// <summary>The name in the file.</summary>
    public string Name { get; }

    /// <summary>How the values are encoded.</summary>
    public TensorFormat Format { get; }

    /// <summary>Sizes, outermost first: the last one runs along consecutive values (GGUF lists them the other way).</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>Bytes in the file.</summary>
    public long Bytes { get; }

    /// <summary>Number of values.</summary>
    public long Count { get; }

    internal byte* Address { get; }

    internal object Owner { get; }

    /// <summary>Where the tensor lies in its file, or null where it lies in memory.</summary>
    internal MappedRange? Range => Owner is MappedFile file ? new MappedRange(file, Address - file.Address, Bytes) : null;

    /// <summary>The tensor's bytes; touching them reads the file.</summary>
    /// <exception cref="OverflowException">The tensor is larger than 2 GB; take it in pieces.</exception>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public ReadOnlySpan<byte> Span => Slice(0, checked((int)Bytes));

    /// <summary>Some of the tensor's bytes; touching them reads the file.</summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes; they lie inside the tensor.</param>
    /// <exception cref="ObjectDisposedException">The file was closed.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Bytes - length);
        ObjectDisposedException.ThrowIf(Owner is MappedFile { IsDisposed: true }, this);
        return new ReadOnlySpan<byte>(Address + offset, length);
    }

    /// <summary>The tensor as weights of a linear layer or a table: the last size is the columns, all others the rows.</summary>
    /// <exception cref="InputException">It has no values, or more rows or columns than 31 bits can count.</exception>
    internal Weight AsWeight()
    {
        var columns = Shape.Count == 0 ? 1 : Shape[^1];
        var rows = columns == 0 ? 0 : Count / columns;
        return rows is > 0 and <= int.MaxValue && columns is > 0 and <= int.MaxValue
            ? new Weight(Name, Format, (int)rows, (int)columns, Address, Owner)
            : throw new InputException($"tensor {Printable.Quote(Name)} {Printable.Shape(Shape)} cannot be used as weights: 1 to {int.MaxValue} rows and columns are expected.");
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Format} {Printable.Shape(Shape)}";
}
