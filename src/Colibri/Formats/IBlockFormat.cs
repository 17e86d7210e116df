using System.Runtime.Intrinsics;

namespace Colibri.Formats;

/// <summary>
/// A weight format: an unmanaged struct that is one block of values as it lies in a file. A format is this one file and
/// one line in <see cref="TensorFormat.All"/>.
/// </summary>
/// <typeparam name="TSelf">The block struct itself; its size is the block's size in bytes.</typeparam>
public interface IBlockFormat<TSelf> where TSelf : unmanaged, IBlockFormat<TSelf>
{
    /// <summary>The field's name for the format, for example <c>Q4_0</c>.</summary>
    static abstract string Name { get; }

    /// <summary>How many consecutive values of a row one block holds.</summary>
    static abstract int ValuesPerBlock { get; }

    /// <summary>The tensor type number in GGUF, or null where GGUF has none.</summary>
    static abstract uint? GgufType { get; }

    /// <summary>The dtype string in safetensors, or null where safetensors has none.</summary>
    static abstract string? SafetensorsType { get; }

    /// <summary>
    /// The largest error of encode then decode, as a share of the largest magnitude in the block, while the block's scales (or
    /// the values, where there are none) are normal numbers of their precision; asserted by the tests.
    /// </summary>
    static abstract float MaxRelativeError { get; }

    /// <summary>Encodes whole blocks.</summary>
    /// <param name="values">
    /// A multiple of <see cref="ValuesPerBlock"/>. A block with NaN, an infinity or a number too large for its scale is written
    /// to decode to NaN throughout; formats of one value say themselves what becomes of those.
    /// </param>
    /// <param name="blocks">As many blocks as the values fill.</param>
    static abstract void Encode(ReadOnlySpan<float> values, Span<TSelf> blocks);

    /// <summary>Decodes whole blocks.</summary>
    /// <param name="blocks">The blocks.</param>
    /// <param name="values">Room for all values of the blocks.</param>
    static abstract void Decode(ReadOnlySpan<TSelf> blocks, Span<float> values);

    /// <summary>How the value lies in memory where kernels may convert it while they load.</summary>
    internal static virtual StoredFloat Stored => StoredFloat.None;
}

/// <summary>
/// A block format whose values are <c>scale * (q - Offset) - minimum</c> with an 8-bit unsigned q, and one scale (and
/// minimum) for each <see cref="GroupSize"/> values: what the integer kernels multiply without decoding.
/// </summary>
/// <typeparam name="TSelf">The block struct itself.</typeparam>
public interface IIntegerBlockFormat<TSelf> : IBlockFormat<TSelf> where TSelf : unmanaged, IIntegerBlockFormat<TSelf>
{
    /// <summary>Values that share a scale: 16 or 32.</summary>
    static abstract int GroupSize { get; }

    /// <summary>What is subtracted from the unsigned q, 0..128.</summary>
    static abstract int Offset { get; }

    /// <summary>Whether groups have a minimum that is subtracted after scaling.</summary>
    static abstract bool HasMinimums { get; }

    /// <summary>Splits one block into what the kernels multiply; the plain form that every other is tested against.</summary>
    /// <param name="block">The block.</param>
    /// <param name="q">Receives the unsigned integers, one per value, in the order of the values.</param>
    /// <param name="scales">Receives a scale per group, exact in float32.</param>
    /// <param name="minimums">Receives a minimum per group where <see cref="HasMinimums"/>; otherwise left alone.</param>
    static abstract void Split(in TSelf block, Span<byte> q, Span<float> scales, Span<float> minimums);

    /// <summary>
    /// Unpacks blocks of sixteen rows side by side: integer q of row r and column k goes to q[(k / 4 * 16 + r) * 4 + k % 4],
    /// the scale and minimum of its group to scales[group * 16 + r] and minimums[group * 16 + r]. Formats override this
    /// with a vectorised form; the result is the same.
    /// </summary>
    /// <param name="rows">The first block of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="lastRow">The last row that exists, 0..15; rows behind it repeat it.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="q">Receives blocks * values per block * 16 bytes.</param>
    /// <param name="scales">Receives 16 scales per group.</param>
    /// <param name="minimums">Receives 16 minimums per group where <see cref="HasMinimums"/>.</param>
    static virtual unsafe void UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums) =>
        Panels.Unpack<TSelf>(rows, rowBytes, lastRow, blocks, q, scales, minimums);

    /// <summary>Unpacks the scales and minimums of sixteen rows that all exist, as <see cref="UnpackPanel"/> does.</summary>
    /// <param name="rows">The first block of row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="blocks">Blocks of each row.</param>
    /// <param name="scales">Receives 16 scales per group.</param>
    /// <param name="minimums">Receives 16 minimums per group where <see cref="HasMinimums"/>.</param>
    static virtual unsafe void UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        Panels.PlainScales<TSelf>(rows, rowBytes, Panels.Rows - 1, blocks, scales, minimums);

    /// <summary>
    /// Whether this processor has <see cref="Integers"/> for the format: what a product with one
    /// row of activations runs on, a row of weights after the other as they lie in memory.
    /// </summary>
    static virtual bool HasRows => false;

    /// <summary>
    /// Thirty-two consecutive integers of a row, in order: unsigned, or where <see cref="LargestInteger"/> is more than 127 signed, with
    /// the offset of 128 taken off.
    /// </summary>
    /// <param name="blocks">The first of the blocks that hold 256 values.</param>
    /// <param name="index">Which 32 of the 256 values, 0..7.</param>
    static virtual unsafe Vector256<byte> Integers(byte* blocks, int index) => throw new NotSupportedException($"{TSelf.Name} has no rows here");

    /// <summary>
    /// For formats with a quicker way than <see cref="Integers"/>: the sums of integers times activations of the first eight groups of
    /// 256 values, and where they have sixteen of the last eight, where <see cref="RowOrder"/> is not null.
    /// </summary>
    /// <param name="blocks">The first of the blocks that hold 256 values.</param>
    /// <param name="activations">256 activations in the order that <see cref="RowOrder"/> says.</param>
    static virtual unsafe (Vector256<int> First, Vector256<int> Second) RowSums(byte* blocks, sbyte* activations) =>
        throw new NotSupportedException($"{TSelf.Name} has no sums here");

    /// <summary>The largest of the unsigned integers.</summary>
    static virtual int LargestInteger => byte.MaxValue;

    /// <summary>Which of 256 values each activation belongs to that <see cref="RowSums"/> reads, four consecutive at a time; null where it is not used.</summary>
    static virtual int[]? RowOrder => null;

    /// <summary>How the product with one row is assembled for the format.</summary>
    internal static abstract RowRecipe Recipe { get; }

    /// <summary>How the product with few rows is assembled where AVX-512 with VNNI is missing.</summary>
    internal static abstract EightRowsRecipe EightRows { get; }

    /// <summary>How panels are unpacked while others are multiplied, or null where they are not: for formats of 32 values a block.</summary>
    internal static virtual PanelRecipe? PanelRecipe => null;
}
