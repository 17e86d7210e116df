using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 3-bit, 256 values in groups of 16: 32 bytes of third bits + 64 bytes of low bit pairs + sixteen 6-bit scales + their
/// 2-byte scale = 3.4375 bits/value; value = scale * (q - 4). Bit r of byte l of the third bits belongs to value 32 r + l; the
/// low pairs lie as in <see cref="Q2_K"/>. Scales are stored plus 32: low halves in bytes 0-7 (groups 0-7 low, 8-15 high),
/// upper pairs in bytes 8-11 (pair p of byte 8 + j belongs to group 4 p + j). Layout and search: ggml,
/// <c>quantize_row_q3_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q3_K : IIntegerBlockFormat<Q3_K>
{
    private const int Limit = 4;

    /// <summary>The third bits, a bit of each byte per 32 values.</summary>
    public Bytes32 High;

    /// <summary>The low two bits, four values a byte.</summary>
    public Bytes64 Quarters;

    /// <summary>Sixteen 6-bit scales plus 32.</summary>
    public Bytes12 Scales;

    /// <summary>What the groups' scales are multiplied by.</summary>
    public Half Scale;

    /// <inheritdoc/>
    public static string Name => "Q3_K";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 11;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.3f;

    /// <inheritdoc/>
    public static int GroupSize => 16;

    /// <inheritdoc/>
    public static int Offset => Limit;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q3_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q3_K { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q3_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q3_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> quarters = block.Quarters;
        q[..256].Clear();
        for (var run = 0; run < 8; run++)
        {
            var values = q.Slice(32 * run, 32);
            BitColumns.Add(quarters.Slice(run / 4 * 32, 32), run % 4, bits: 2, shift: 0, values);
            BitColumns.Add(block.High, run, bits: 1, shift: 2, values);
        }

        var d = (float)block.Scale;
        for (var g = 0; g < 16; g++)
        {
            var low = g < 8 ? block.Scales[g] & 15 : block.Scales[g - 8] >> 4;
            var high = block.Scales[8 + g % 4] >> 2 * (g / 4) & 3;
            scales[g] = d * ((low | high << 4) - 32);
        }
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q3_K block)
    {
        block = default;
        Span<byte> q = stackalloc byte[256];
        Span<float> fitted = stackalloc float[16];
        var extreme = 0f;
        for (var g = 0; g < 16; g++)
        {
            fitted[g] = RefinedSearch.Fit(x.Slice(16 * g, 16), Limit, q.Slice(16 * g, 16));
            extreme = MathF.Abs(fitted[g]) > MathF.Abs(extreme) ? fitted[g] : extreme;
        }

        var inverse = extreme == 0 ? 0 : -32 / extreme;
        block.Scale = extreme == 0 ? Half.Zero : (Half)(1 / inverse);
        for (var g = 0; g < 16; g++)
        {
            var scale = (int)Rounding.Clamp(inverse * fitted[g], -32, 31);
            StoreScale(extreme == 0 ? 0 : scale + 32, g, ref block);
            var d = (float)block.Scale * scale;
            if (d != 0)
            {
                Rounding.Divide(x.Slice(16 * g, 16), 0, d, -Limit, Limit - 1, q.Slice(16 * g, 16));
            }
        }

        Span<byte> quarters = block.Quarters;
        for (var run = 0; run < 8; run++)
        {
            var values = q.Slice(32 * run, 32);
            BitColumns.Take(values, bits: 1, shift: 2, block.High, run);
            BitColumns.Take(values, bits: 2, shift: 0, quarters.Slice(run / 4 * 32, 32), run % 4);
        }

        return Half.IsFinite(block.Scale);
    }

    private static void StoreScale(int scale, int group, ref Q3_K block)
    {
        block.Scales[group % 8] |= (byte)((scale & 15) << group / 8 * 4);
        block.Scales[8 + group % 4] |= (byte)(scale >> 4 << 2 * (group / 4));
    }
}
