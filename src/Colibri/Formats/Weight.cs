namespace Colibri.Formats;

/// <summary>
/// A matrix of weights as it lies in memory: a format, a shape and an address. It owns no memory itself; it keeps the
/// owner (a mapped file or an array) alive.
/// </summary>
public sealed unsafe class Weight
{
    private readonly object _owner;

    /// <summary>Describes weights at an address.</summary>
    /// <param name="name">The tensor's name, for errors and reports.</param>
    /// <param name="format">How the rows are encoded.</param>
    /// <param name="rows">Output values (or table entries).</param>
    /// <param name="columns">Input values per row, a multiple of the format's block.</param>
    /// <param name="address">First byte of row 0; rows follow each other without gaps.</param>
    /// <param name="owner">Whatever keeps the address valid.</param>
    internal Weight(string name, TensorFormat format, int rows, int columns, byte* address, object owner)
    {
        Name = name;
        Format = format;
        Rows = rows;
        Columns = columns;
        Address = address;
        RowBytes = format.BytesFor(columns);
        _owner = owner;
    }

    /// <summary>The tensor's name.</summary>
    public string Name { get; }

    /// <summary>How rows are encoded.</summary>
    public TensorFormat Format { get; }

    /// <summary>Output values of a linear layer, or entries of a table.</summary>
    public int Rows { get; }

    /// <summary>Values of one row.</summary>
    public int Columns { get; }

    /// <summary>Bytes from one row to the next.</summary>
    public long RowBytes { get; }

    /// <summary>All bytes of the weights.</summary>
    public long Bytes => RowBytes * Rows;

    internal byte* Address { get; }

    /// <summary>The same memory, some of its rows only.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">How many.</param>
    internal Weight Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        return new Weight(Name, Format, count, Columns, Address + start * RowBytes, _owner);
    }

    /// <summary>A stretch of a vector (a weight of one row) whose format has one value per block.</summary>
    /// <param name="start">First value.</param>
    /// <param name="count">How many.</param>
    internal Weight Part(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(Rows, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Columns);
        return new Weight(Name, Format, 1, count, Address + Format.BytesFor(start), _owner);
    }

    /// <summary>Decodes one row to float32.</summary>
    /// <param name="row">0 to <see cref="Rows"/> - 1.</param>
    /// <param name="values">Room for <see cref="Columns"/> values.</param>
    public void DecodeRow(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        Format.Decode(new ReadOnlySpan<byte>(Address + row * RowBytes, checked((int)RowBytes)), values[..Columns]);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Format} [{Rows}, {Columns}]";
}
