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
        Of<F8_E4M3>(),
        Of<F8_E5M2>(),
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
        OfInteger<IQ4_NL>(),
        OfInteger<IQ4_XS>(),
        OfInteger<INT4_G32>(),
        OfInteger<INT4_G64>(),
        OfInteger<INT4_G128>(),
        Stored("F64", 8, 28, "F64"),
        Stored("I64", 8, 27, "I64"),
        Stored("I32", 4, 26, "I32"),
        Stored("I16", 2, 25, "I16"),
        Stored("I8", 1, 24, "I8", hasChannelScales: true),
        Stored("U64", 8, null, "U64"),
        Stored("U32", 4, null, "U32"),
        Stored("U16", 2, null, "U16"),
        Stored("U8", 1, null, "U8"),
        Stored("BOOL", 1, null, "BOOL"),
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

    /// <summary>Whether values are integers that become weights with a scale for each row, which lies elsewhere (<see cref="ChannelScales"/>).</summary>
    internal virtual bool HasChannelScales => false;

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
        : throw new InputException($"Unknown format '{name}'. Known: {NumericNames}.");

    /// <summary>The GGUF format with this type number, or null.</summary>
    public static TensorFormat? FromGguf(uint type) => All.FirstOrDefault(f => f.GgufType == type);

    /// <summary>The safetensors format with this dtype, or null.</summary>
    public static TensorFormat? FromSafetensors(string dtype) => All.FirstOrDefault(f => f.SafetensorsType == dtype);

    /// <summary>Bytes that this many values take.</summary>
    /// <param name="values">A multiple of <see cref="ValuesPerBlock"/>.</param>
    /// <exception cref="OverflowException">The size does not fit.</exception>
    public long BytesFor(long values) => checked(values / ValuesPerBlock * BytesPerBlock);

    private static string NumericNames => string.Join(", ", All.Where(f => f.IsNumeric).Select(f => f.Name));

    /// <summary>Decodes whole blocks to float32.</summary>
    /// <param name="blocks">A multiple of <see cref="BytesPerBlock"/> bytes; no alignment is needed.</param>
    /// <param name="values">Room for all values of the blocks.</param>
    /// <exception cref="ArgumentException">The sizes do not belong together.</exception>
    /// <exception cref="InputException">The format is only stored (<see cref="IsNumeric"/>).</exception>
    public abstract void Decode(ReadOnlySpan<byte> blocks, Span<float> values);

    /// <summary>Encodes whole blocks from float32.</summary>
    /// <param name="values">
    /// A multiple of <see cref="ValuesPerBlock"/>. NaN, infinities and numbers that do not fit never become other numbers: float
    /// formats keep them as they can (see each), and a block format writes a block that decodes to NaN throughout.
    /// </param>
    /// <param name="blocks">Room for the blocks; no alignment is needed.</param>
    /// <exception cref="ArgumentException">The sizes do not belong together.</exception>
    /// <exception cref="InputException">The format is only stored (<see cref="IsNumeric"/>).</exception>
    public abstract void Encode(ReadOnlySpan<float> values, Span<byte> blocks);

    /// <summary>How values lie in memory where kernels may convert them while they load.</summary>
    internal virtual StoredFloat FloatLayout => StoredFloat.None;

    /// <summary>Calls the visitor with the block struct as a type, so that kernels can be made for it.</summary>
    internal abstract TResult Accept<TResult>(IFormatVisitor<TResult> visitor);

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static TensorFormat Of<TBlock>() where TBlock : unmanaged, IBlockFormat<TBlock> => new BlockTensorFormat<TBlock>();

    private static TensorFormat OfInteger<TBlock>() where TBlock : unmanaged, IIntegerBlockFormat<TBlock> => new IntegerTensorFormat<TBlock>();

    private static StoredTensorFormat Stored(string name, int bytes, uint? ggufType, string? safetensorsType, bool hasChannelScales = false) =>
        new(name, bytes, ggufType, safetensorsType, hasChannelScales);

    private class BlockTensorFormat<TBlock>() : TensorFormat(
        TBlock.Name, TBlock.ValuesPerBlock, Unsafe.SizeOf<TBlock>(), TBlock.GgufType, TBlock.SafetensorsType)
        where TBlock : unmanaged, IBlockFormat<TBlock>
    {
        public override float MaxRelativeError => TBlock.MaxRelativeError;

        internal override StoredFloat FloatLayout => TBlock.Stored;

        public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values)
        {
            var whole = MemoryMarshal.Cast<byte, TBlock>(blocks);
            if (whole.Length * Unsafe.SizeOf<TBlock>() != blocks.Length || values.Length / ValuesPerBlock < whole.Length)
            {
                ThrowSizes(blocks.Length, values.Length);
            }

            TBlock.Decode(whole, values[..(whole.Length * ValuesPerBlock)]);
        }

        public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks)
        {
            var whole = MemoryMarshal.Cast<byte, TBlock>(blocks);
            var count = values.Length / ValuesPerBlock;
            if (count * ValuesPerBlock != values.Length || whole.Length < count)
            {
                ThrowSizes(blocks.Length, values.Length);
            }

            TBlock.Encode(values, whole[..count]);
        }

        internal override TResult Accept<TResult>(IFormatVisitor<TResult> visitor) => visitor.VisitFloat<TBlock>();
    }

    /// <summary>Sizes are the caller's to get right; files are checked where they are read.</summary>
    [DoesNotReturn]
    private void ThrowSizes(int bytes, int values) => throw new ArgumentException(
        $"{Name}: {bytes} bytes and {values} values do not belong together: {BytesPerBlock} bytes hold {ValuesPerBlock} values.");

    private sealed class IntegerTensorFormat<TBlock> : BlockTensorFormat<TBlock>
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        internal override TResult Accept<TResult>(IFormatVisitor<TResult> visitor) => visitor.VisitInteger<TBlock>();
    }

    /// <summary>Integers, flags and doubles: files may hold them, and they are copied as they are.</summary>
    private sealed class StoredTensorFormat(string name, int bytes, uint? ggufType, string? safetensorsType, bool hasChannelScales)
        : TensorFormat(name, 1, bytes, ggufType, safetensorsType)
    {
        public override bool IsNumeric => false;

        internal override bool HasChannelScales => hasChannelScales;

        public override float MaxRelativeError => 0;

        public override void Decode(ReadOnlySpan<byte> blocks, Span<float> values) => throw Refusal();

        public override void Encode(ReadOnlySpan<float> values, Span<byte> blocks) => throw Refusal();

        internal override TResult Accept<TResult>(IFormatVisitor<TResult> visitor) => throw Refusal();

        private InputException Refusal() => new(
            $"Format {Name} is stored and copied but not computed with. Known for weights: {NumericNames}.");
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
