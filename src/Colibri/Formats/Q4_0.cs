using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 4-bit, 32 values per group: 2-byte scale + 16 bytes = 4.5 bits/value. Byte j holds value j in its low and
/// value j + 16 in its high half; value = scale * (q - 8). Layout and rounding: ggml, <c>quantize_row_q4_0_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q4_0 : IIntegerBlockFormat<Q4_0>
{
    /// <summary>The value of largest magnitude, divided by -8.</summary>
    public Half Scale;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q4_0";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 2;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.13f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 8;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q4_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 32, 32);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q4_0 { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q4_0> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in Q4_0 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        FourBits.Split(block.Nibbles, q[..16], q[16..]);
        scales[0] = (float)block.Scale;
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q4_0 block)
    {
        block = default;
        Span<byte> q = stackalloc byte[32];
        block.Scale = ExtremeGroup.Encode(x, 8, q);
        FourBits.Join(q[..16], q[16..], block.Nibbles);
        return Half.IsFinite(block.Scale);
    }
}
