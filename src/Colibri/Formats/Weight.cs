namespace Colibri.Formats;

/// <summary>
/// A matrix of weights as it lies in memory: a format, a shape and an address. It owns no memory itself; it keeps the
/// owner (a mapped file or an array) alive.
/// </summary>
public sealed unsafe class Weight
{
    private readonly object _owner;
    private readonly ChannelScales? _channels;
    private readonly int _firstChannel;

    /// <summary>Describes weights at an address.</summary>
    /// <param name="name">The tensor's name, for errors and reports.</param>
    /// <param name="format">How the rows are encoded.</param>
    /// <param name="rows">Output values (or table entries).</param>
    /// <param name="columns">Input values per row, a multiple of the format's block.</param>
    /// <param name="address">First byte of row 0; rows follow each other without gaps.</param>
    /// <param name="owner">Whatever keeps the address valid.</param>
    /// <param name="channels">The scales of the rows, where the format wants them (<see cref="TensorFormat.HasChannelScales"/>).</param>
    internal Weight(string name, TensorFormat format, int rows, int columns, byte* address, object owner, ChannelScales? channels = null)
        : this(name, format, rows, columns, address, owner, channels, 0)
    {
    }

    private Weight(string name, TensorFormat format, int rows, int columns, byte* address, object owner, ChannelScales? channels, int firstChannel)
    {
        Name = name;
        Format = format;
        Rows = rows;
        Columns = columns;
        Address = address;
        RowBytes = format.BytesFor(columns);
        _owner = owner;
        _channels = channels;
        _firstChannel = firstChannel;
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

    /// <summary>All bytes of the weights where they lie; scales that lie elsewhere are not among them.</summary>
    public long Bytes => RowBytes * Rows;

    /// <summary>Bytes of scales and sums of rows that lie beside the weights, in memory of their own.</summary>
    public long ChannelBytes => _channels is null ? 0 : Formats.ChannelScales.BytesFor(Rows);

    internal byte* Address { get; }

    /// <summary>The scale of each row, where rows have one; a few values behind the last may be read.</summary>
    internal float* ChannelScales => Channels.Scales + _firstChannel;

    /// <summary>The sum of each row's integers, where rows have a scale; the first use reads all weights of the tensor.</summary>
    internal int* ChannelSums => Channels.Sums((sbyte*)Address - _firstChannel * RowBytes, Columns) + _firstChannel;

    /// <summary>Makes what the first use would make.</summary>
    internal void Prepare() => _channels?.Sums((sbyte*)Address - _firstChannel * RowBytes, Columns);

    private ChannelScales Channels => _channels ?? throw new InvalidOperationException($"{Name}: its rows have no scales");

    /// <summary>The same memory, some of its rows only.</summary>
    /// <param name="start">First row.</param>
    /// <param name="count">How many.</param>
    internal Weight Slice(int start, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start + count, Rows);
        return new Weight(Name, Format, count, Columns, Address + start * RowBytes, _owner, _channels, _firstChannel + start);
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
        DecodeColumns(row, 0, values[..Columns]);
    }

    /// <summary>Decodes some columns of a row to float32; kernels call it with what they have checked.</summary>
    /// <param name="row">The row.</param>
    /// <param name="column">The first column, a multiple of the format's block.</param>
    /// <param name="values">Room for as many columns as are wanted, whole blocks.</param>
    internal void DecodeColumns(int row, int column, Span<float> values)
    {
        var bytes = new ReadOnlySpan<byte>(Address + row * RowBytes + Format.BytesFor(column), checked((int)Format.BytesFor(values.Length)));
        if (_channels is null)
        {
            Format.Decode(bytes, values);
        }
        else
        {
            Formats.ChannelScales.Decode(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(bytes), ChannelScales[row], values);
        }
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Format} [{Rows}, {Columns}]";
}
