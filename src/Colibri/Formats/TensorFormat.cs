using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Formats;

/// <summary>A tensor format behind one small class: what loaders, writers, commands, tests and benchmarks walk.</summary>
public abstract class TensorFormat
{
    private protected TensorFormat(string name, int valuesPerBlock, int bytesPerBlock, uint? ggufType, string? safetensorsType)
    {
        Name = name;
        ValuesPerBlock = valuesPerBlock;
        BytesPerBlock = bytesPerBlock;
        GgufType = ggufType;
        SafetensorsType = safetensorsType;
    }

    /// <summary>Every format Colibri reads, in the order in which help and tables show them.</summary>
    public static IReadOnlyList<TensorFormat> All { get; } =
    [
        Of<F32>(),
        Of<F16>(),
        Of<BF16>(),
        OfInteger<Q4_0>(),
        OfInteger<Q4_1>(),
        OfInteger<Q5_0>(),
        OfInteger<Q5_1>(),
        OfInteger<Q8_0>(),
        OfInteger<Q2_K>(),
        OfInteger<Q3_K>(),
        OfInteger<Q4_K>(),
        OfInteger<Q5_K>(),
        OfInteger<Q6_K>(),
    ];

    /// <summary>The field's name, for example <c>Q4_K</c>.</summary>
    public string Name { get; }

    /// <summary>Consecutive values of a row in one block.</summary>
    public int ValuesPerBlock { get; }

    /// <summary>Bytes of one block.</summary>
    public int BytesPerBlock { get; }

    /// <summary>The tensor type number in GGUF, or null.</summary>
    public uint? GgufType { get; }

    /// <summary>The dtype string in safetensors, or null.</summary>
    public string? SafetensorsType { get; }

    /// <summary>Bits per value, block headers included.</summary>
    public double BitsPerValue => 8.0 * BytesPerBlock / ValuesPerBlock;

    /// <summary>Whether values can be computed with (false: integers and flags that are only stored).</summary>
    public virtual bool IsNumeric => true;

    /// <summary>Largest error of encode then decode as a share of the block's largest magnitude.</summary>
    public abstract float MaxRelativeError { get; }

    /// <summary>Finds a format by its name, in any case.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out TensorFormat? format)
    {
        format = All.FirstOrDefault(f => f.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return format is not null;
    }

    /// <summary>The format with this name.</summary>
    /// <exception cref="InputException">No format has this name.</exception>
    public static TensorFormat Parse(string name) => TryParse(name, out var format)
        ? format
        : throw new InputException($"Unknown format '{name}'. Known: {string.Join(", ", All.Where(f => f.IsNumeric).Select(f => f.Name))}.");

    /// <summary>The GGUF format with this type number, or null.</summary>
    public static TensorFormat? FromGguf(uint type) => All.FirstOrDefault(f => f.GgufType == type);

    /// <summary>The safetensors format with this dtype, or null.</summary>
    public static TensorFormat? FromSafetensors(string dtype) => All.FirstOrDefault(f => f.SafetensorsType == dtype);

    /// <summary>Bytes that this many values take.</summary>
    /// <param name="values">A multiple of <see cref="ValuesPerBlock"/>.</param>
    /// <exception cref="OverflowException">The size does not fit.</exception>
    public long BytesFor(long values) => checked(values / ValuesPerBlock * BytesPerBlock);

    /// <summary>Decodes whole blocks to float32.</summary>
    public abstract void Decode(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>Encodes whole blocks from float32.</summary>
    public abstract void Encode(ReadOnlySpan<float> values, Span<byte> blocks);

    /// <summary>Calls the visitor with the block struct as a type, so that kernels can be made for it.</summary>
    internal abstract TResult Accept<TResult>(IFormatVisitor<TResult> visitor);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static TensorFormat Of<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => new BlockTensorFormat<TBlock>();

    private static TensorFormat OfInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => new IntegerTensorFormat<TBlock>();

    private class BlockTensorFormat<TBlock>() : TensorFormat(
        TBlock.Name, TBlock.ValuesPerBlock, Unsafe.SizeOf<TBlock>(), TBlock.GgufType, TBlock.SafetensorsType)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        public override float MaxRelativeError => TBlock.MaxRelativeError;

        public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values) =>
            TBlock.Decode(MemoryMarshal.Cast<byte, TBlock>(blocks), values);

        public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks) =>
            TBlock.Encode(values, MemoryMarshal.Cast<byte, TBlock>(blocks));

        internal override TResult Accept<TResult>(IFormatVisitor<TResult> visitor) => visitor.VisitFloat<TBlock>();
    }

    private sealed class IntegerTensorFormat<TBlock> : BlockTensorFormat<TBlock>
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        internal override TResult Accept<TResult>(IFormatVisitor<TResult> visitor) => visitor.VisitInteger<TBlock>();
    }
}

/// <summary>Receives a format's block struct as a type argument.</summary>
internal interface IFormatVisitor<out TResult>
{
    /// <summary>A format that kernels read by decoding it.</summary>
    TResult VisitFloat<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock>;

    /// <summary>A format that integer kernels multiply as it lies.</summary>
    TResult VisitInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock>;
}
