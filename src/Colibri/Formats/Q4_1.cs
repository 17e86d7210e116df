using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with a minimum, 32 values per group: 2-byte scale + 2-byte least value + 16 bytes = 5 bits/value. Byte j holds value j
/// in its low and value j + 16 in its high half; value = scale * q + least. Layout and rounding: ggml,
/// <c>quantize_row_q4_1_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q4_1 : IIntegerBlockFormat<Q4_1>
{
    /// <summary>The range divided by 15.</summary>
    public Half Scale;

    /// <summary>The least value of the group: the negative of what <see cref="Split"/> calls the minimum.</summary>
    public Half Least;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q4_1";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 3;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.07f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 0;

    /// <inheritdoc/>
    public static bool HasMinimums => true;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q4_1> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 32, 32);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q4_1 { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q4_1> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in Q4_1 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        FourBits.Split(block.Nibbles, q[..16], q[16..]);
        scales[0] = (float)block.Scale;
        minimums[0] = -(float)block.Least;
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q4_1 block)
    {
        block = default;
        Span<byte> q = stackalloc byte[32];
        (block.Scale, block.Least) = RangeGroup.Encode(x, 15, q);
        FourBits.Join(q[..16], q[16..], block.Nibbles);
        return Half.IsFinite(block.Scale) && Half.IsFinite(block.Least);
    }
}
