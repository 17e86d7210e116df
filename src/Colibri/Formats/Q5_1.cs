using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 5-bit with a minimum, 32 values per group: 2-byte scale + 2-byte least value + 4 bytes of fifth bits + 16 bytes = 6
/// bits/value. Byte j holds the low four bits of value j in its low and of value j + 16 in its high half; value = scale * q +
/// least. Layout and rounding: ggml, <c>quantize_row_q5_1_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q5_1 : IIntegerBlockFormat<Q5_1>
{
    /// <summary>The range divided by 31.</summary>
    public Half Scale;

    /// <summary>The least value of the group: the negative of what <see cref="Split"/> calls the minimum.</summary>
    public Half Least;

    /// <summary>Bit i is the fifth bit of value i.</summary>
    public uint High;

    /// <summary>The low four bits, two values a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q5_1";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 7;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.035f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 0;

    /// <inheritdoc/>
    public static bool HasMinimums => true;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q5_1> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 32, 32);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q5_1 { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q5_1> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in Q5_1 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        FourBits.Split(block.Nibbles, q[..16], q[16..]);
        FifthBits.Add(block.High, q);
        scales[0] = (float)block.Scale;
        minimums[0] = -(float)block.Least;
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q5_1 block)
    {
        block = default;
        Span<byte> q = stackalloc byte[32];
        (block.Scale, block.Least) = RangeGroup.Encode(x, 31, q);
        block.High = FifthBits.Take(q);
        FourBits.Join(q[..16], q[16..], block.Nibbles);
        return Half.IsFinite(block.Scale) && Half.IsFinite(block.Least);
    }
}
