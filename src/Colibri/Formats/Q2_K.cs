using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 2-bit with minimums, 256 values in groups of 16: sixteen bytes of 4-bit scale (low) and minimum (high) + 64 bytes + 2-byte scale
/// of the scales + 2-byte scale of the minimums = 2.625 bits/value; value = scale * q - minimum. Each 128 values share 32 bytes:
/// bit pair p of byte l belongs to value 32 p + l. Layout and search: ggml, <c>quantize_row_q2_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q2_K : IIntegerBlockFormat<Q2_K>
{
    internal static readonly AffineSpec Spec = new(
        GroupSize: 16, Levels: 3, ScaleLevels: 15, First: -0.5f, Step: 0.1f, Count: 16, Absolute: true);

    /// <summary>A 4-bit scale and a 4-bit minimum per group.</summary>
    public Bytes16 Pairs;

    /// <summary>Four 2-bit integers a byte.</summary>
    public Bytes64 Quarters;

    /// <summary>What the groups' scales are multiplied by.</summary>
    public Half Scale;

    /// <summary>What the groups' minimums are multiplied by.</summary>
    public Half Minimum;

    /// <inheritdoc/>
    public static string Name => "Q2_K";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 10;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.45f;

    /// <inheritdoc/>
    public static int GroupSize => 16;

    /// <inheritdoc/>
    public static int Offset => 0;

    /// <inheritdoc/>
    public static bool HasMinimums => true;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q2_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q2_K { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q2_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q2_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> quarters = block.Quarters;
        q[..256].Clear();
        for (var run = 0; run < 8; run++)
        {
            BitColumns.Add(quarters.Slice(run / 4 * 32, 32), run % 4, bits: 2, shift: 0, q.Slice(32 * run, 32));
        }

        var (d, m) = ((float)block.Scale, (float)block.Minimum);
        for (var g = 0; g < 16; g++)
        {
            scales[g] = d * (block.Pairs[g] & 15);
            minimums[g] = m * (block.Pairs[g] >> 4);
        }
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q2_K block)
    {
        Span<byte> q = stackalloc byte[256];
        Span<byte> scales = stackalloc byte[16];
        Span<byte> minimums = stackalloc byte[16];
        block = default;
        (block.Scale, block.Minimum) = AffineGroups.Encode(x, in Spec, q, scales, minimums);
        FourBits.Join(scales, minimums, block.Pairs);
        Span<byte> quarters = block.Quarters;
        for (var run = 0; run < 8; run++)
        {
            BitColumns.Take(q.Slice(32 * run, 32), bits: 2, shift: 0, quarters.Slice(run / 4 * 32, 32), run % 4);
        }

        return Half.IsFinite(block.Scale) && Half.IsFinite(block.Minimum);
    }
}
