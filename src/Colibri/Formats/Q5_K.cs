using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 5-bit with minimums, 256 values in groups of 32: 2-byte scale of the scales + 2-byte scale of the minimums + eight 6-bit pairs
/// + 32 bytes of fifth bits + 128 bytes = 5.5 bits/value; value = scale * q - minimum. The low four bits lie as in
/// <see cref="Q4_K"/>; bit g of byte l of the fifth bits belongs to value l of group g. Layout and search: ggml,
/// <c>quantize_row_q5_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q5_K : IIntegerBlockFormat<Q5_K>
{
    internal static readonly AffineSpec Spec = new(
        GroupSize: 32, Levels: 31, ScaleLevels: 63, First: -0.5f, Step: 0.1f, Count: 16, Absolute: false);

    /// <summary>What the groups' 6-bit scales are multiplied by.</summary>
    public Half Scale;

    /// <summary>What the groups' 6-bit minimums are multiplied by.</summary>
    public Half Minimum;

    /// <summary>Eight 6-bit scales and eight 6-bit minimums.</summary>
    public Bytes12 Pairs;

    /// <summary>The fifth bits, a bit of each byte per group.</summary>
    public Bytes32 High;

    /// <summary>The low four bits, two values a byte.</summary>
    public Bytes128 Nibbles;

    /// <inheritdoc/>
    public static string Name => "Q5_K";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 13;

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
    public static void Encode(ReadOnlySpan<float> values, Span<Q5_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q5_K { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q5_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q5_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> nibbles = block.Nibbles;
        for (var j = 0; j < 4; j++)
        {
            FourBits.Split(nibbles.Slice(32 * j, 32), q.Slice(64 * j, 32), q.Slice(64 * j + 32, 32));
        }

        for (var g = 0; g < 8; g++)
        {
            BitColumns.Add(block.High, g, bits: 1, shift: 4, q.Slice(32 * g, 32));
        }

        SixBitPairs.Split(block.Pairs, block.Scale, block.Minimum, scales, minimums);
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q5_K block)
    {
        Span<byte> q = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[8];
        Span<byte> minimums = stackalloc byte[8];
        block = default;
        (block.Scale, block.Minimum) = AffineGroups.Encode(x, in Spec, q, scales, minimums);
        SixBitPairs.Join(scales, minimums, block.Pairs);
        for (var g = 0; g < 8; g++)
        {
            BitColumns.Take(q.Slice(32 * g, 32), bits: 1, shift: 4, block.High, g);
        }

        Span<byte> nibbles = block.Nibbles;
        for (var j = 0; j < 4; j++)
        {
            FourBits.Join(q.Slice(64 * j, 32), q.Slice(64 * j + 32, 32), nibbles.Slice(32 * j, 32));
        }

        return Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
    }
}
