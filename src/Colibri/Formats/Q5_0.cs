using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 5-bit, 32 values per group: 2-byte scale + 4 bytes of fifth bits + 16 bytes = 5.5 bits/value. Byte j holds the low
/// four bits of value j in its low and of value j + 16 in its high half; value = scale * (q - 16). Layout and rounding: ggml,
/// <c>quantize_row_q5_0_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q5_0 : IIntegerBlockFormat<Q5_0>
{
    /// <summary>The value of largest magnitude, divided by -16.</summary>
    public Half Scale;

    /// <summary>Bit i is the fifth bit of value i.</summary>
    public uint High;

    /// <summary>The low four bits, two values a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q5_0";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 6;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.065f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 16;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q5_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 32, 32);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q5_0 { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q5_0> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in Q5_0 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        FourBits.Split(block.Nibbles, q[..16], q[16..]);
        FifthBits.Add(block.High, q);
        scales[0] = (float)block.Scale;
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q5_0 block)
    {
        block = default;
        Span<byte> q = stackalloc byte[32];
        block.Scale = ExtremeGroup.Encode(x, 16, q);
        block.High = FifthBits.Take(q);
        FourBits.Join(q[..16], q[16..], block.Nibbles);
        return Half.IsFinite(block.Scale);
    }
}
