using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with minimums, 256 values in groups of 32: 2-byte scale of the scales + 2-byte scale of the minimums + eight 6-bit pairs
/// + 128 bytes = 4.5 bits/value; value = scale * q - minimum. Each 64 values share 32 bytes, the first 32 in the low halves.
/// Layout and search: ggml, <c>quantize_row_q4_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q4_K : IIntegerBlockFormat<Q4_K>
{
    internal static readonly AffineSpec Spec = new(
        GroupSize: 32, Levels: 15, ScaleLevels: 63, First: -1, Step: 0.1f, Count: 21, Absolute: false);

    /// <summary>What the groups' 6-bit scales are multiplied by.</summary>
    public Half Scale;

    /// <summary>What the groups' 6-bit minimums are multiplied by.</summary>
    public Half Minimum;

    /// <summary>Eight 6-bit scales and eight 6-bit minimums.</summary>
    public Bytes12 Pairs;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes128 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q4_K";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 12;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.12f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 0;

    /// <inheritdoc/>
    public static bool HasMinimums => true;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q4_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q4_K { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q4_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q4_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> nibbles = block.Nibbles;
        for (var j = 0; j < 4; j++)
        {
            FourBits.Split(nibbles.Slice(32 * j, 32), q.Slice(64 * j, 32), q.Slice(64 * j + 32, 32));
        }

        SixBitPairs.Split(block.Pairs, block.Scale, block.Minimum, scales, minimums);
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q4_K block)
    {
        Span<byte> q = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[8];
        Span<byte> minimums = stackalloc byte[8];
        block = default;
        (block.Scale, block.Minimum) = AffineGroups.Encode(x, in Spec, q, scales, minimums);
        SixBitPairs.Join(scales, minimums, block.Pairs);
        Span<byte> nibbles = block.Nibbles;
        for (var j = 0; j < 4; j++)
        {
            FourBits.Join(q.Slice(64 * j, 32), q.Slice(64 * j + 32, 32), nibbles.Slice(32 * j, 32));
        }

        return Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
    }
}
