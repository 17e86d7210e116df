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
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);

    internal byte* Address { get; }

    internal object Owner { get; }

    /// <summary>The tensor's bytes; touching them reads the file.</summary>
    /// <exception cref="OverflowException">The tensor is larger than 2 GB; take it in pieces.</exception>
    public ReadOnlySpan<byte> Span => new(Address, checked((int)Bytes));

    /// <summary>The tensor as weights of a linear layer or a table: the last size is the columns, all others the rows.</summary>
    internal Weight AsWeight() =>
        new(Name, Format, checked((int)(Shape.Count == 1 ? 1 : Count / Shape[^1])), checked((int)Shape[^1]), Address, Owner);
}
