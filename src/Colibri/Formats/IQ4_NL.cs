using System.Numerics;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with uneven steps, 32 values per group: 2-byte scale + 16 bytes = 4.5 bits/value; value = scale * step, one of sixteen
/// between -127 and 113. Byte j holds the step number of value j in its low and of value j + 16 in its high half. Layout and
/// search: ggml, <c>quantize_iq4_nl</c> without an importance matrix.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct IQ4_NL : IIntegerBlockFormat<IQ4_NL>
{
    /// <summary>What steps are multiplied by.</summary>
    public Half Scale;

    /// <summary>Two step numbers a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "IQ4_NL";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 20;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.13f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => Codebook.Offset;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<IQ4_NL> blocks)
    {
        // Blocks are searched a few at a time, one in each lane.
        Span<float> scales = stackalloc float[Vector<float>.Count];
        while (blocks.Length > 0)
        {
            var count = Math.Min(scales.Length, blocks.Length);
            CodebookLanes.Fit(values[..(32 * count)], scales[..count]);
            for (var i = 0; i < count; i++)
            {
                var x = values.Slice(32 * i, 32);
                blocks[i] = Encodable.Holds(x) && TryStore(x, scales[i], out var block) ? block : new IQ4_NL { Scale = Half.NaN };
            }

            values = values[(32 * count)..];
            blocks = blocks[count..];
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<IQ4_NL> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in IQ4_NL block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        FourBits.Split(block.Nibbles, q[..16], q[16..]);
        Codebook.Look(q[..32]);
        scales[0] = (float)block.Scale;
    }

    private static bool TryStore(ReadOnlySpan<float> x, float scale, out IQ4_NL block)
    {
        block = default;
        Span<byte> q = stackalloc byte[32];
        block.Scale = (Half)scale;
        CodebookLanes.Quantize(x, scale == 0 ? 0 : 1 / scale, q);
        FourBits.Join(q[..16], q[16..], block.Nibbles);
        return Half.IsFinite(block.Scale);
    }
}
