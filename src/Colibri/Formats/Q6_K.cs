using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 6-bit, 256 values in groups of 16: 192 bytes of integers + sixteen 8-bit scales + their 2-byte scale = 6.5625
/// bits/value; value = scale * (q - 32). Each 128 values share 64 bytes of low halves (values 0-63 in the low, 64-127 in the high
/// halves) and 32 bytes of upper bit pairs (pair p of byte l belongs to value 32 p + l). Layout and search: ggml,
/// <c>quantize_row_q6_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q6_K : IIntegerBlockFormat<Q6_K>
{
    private const int Limit = 32;

    /// <summary>The low four bits, two values a byte.</summary>
    public Bytes128 Low;

    /// <summary>The upper two bits, four values a byte.</summary>
    public Bytes64 High;

    /// <summary>Signed 8-bit scales, one per group.</summary>
    public Bytes16 Scales;

    /// <summary>What the groups' scales are multiplied by.</summary>
    public Half Scale;

    /// <inheritdoc/>
    public static string Name => "Q6_K";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 14;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.03f;

    /// <inheritdoc/>
    public static int GroupSize => 16;

    /// <inheritdoc/>
    public static int Offset => Limit;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q6_K> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q6_K { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q6_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q6_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> low = block.Low;
        ReadOnlySpan<byte> high = block.High;
        for (var half = 0; half < 2; half++)
        {
            var values = q.Slice(128 * half, 128);
            FourBits.Split(low.Slice(64 * half, 64), values[..64], values[64..]);
            for (var pair = 0; pair < 4; pair++)
            {
                BitColumns.Add(high.Slice(32 * half, 32), pair, bits: 2, shift: 4, values.Slice(32 * pair, 32));
            }
        }

        var scale = (float)block.Scale;
        for (var g = 0; g < 16; g++)
        {
            scales[g] = scale * (sbyte)block.Scales[g];
        }
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q6_K block)
    {
        block = default;
        Span<SymmetricFit> fits = stackalloc SymmetricFit[16];
        SymmetricLanes.Fit(x, 16, Limit, fits);
        var extreme = 0f;
        foreach (var fit in fits)
        {
            extreme = MathF.Abs(fit.Scale) > MathF.Abs(extreme) ? fit.Scale : extreme;
        }

        if (MathF.Abs(extreme) < SymmetricSearch.Nothing)
        {
            return true;
        }

        Span<byte> q = stackalloc byte[256];
        var inverse = -128f / extreme;
        block.Scale = (Half)(1 / inverse);
        for (var g = 0; g < 16; g++)
        {
            var scale = Rounding.Clamp(inverse * fits[g].Scale, -128, 127);
            block.Scales[g] = (byte)(sbyte)scale;
            Quantize(x.Slice(16 * g, 16), (float)block.Scale * scale, fits[g].Inverse, q.Slice(16 * g, 16));
        }

        Join(q, ref block);
        return Half.IsFinite(block.Scale);
    }

    private static void Quantize(ReadOnlySpan<float> x, float scale, float inverse, Span<byte> q)
    {
        if (scale != 0)
        {
            Rounding.Divide(x, 0, scale, -Limit, Limit - 1, q);
            return;
        }

        // Nothing of these integers is left in the values; they are what ggml writes.
        for (var i = 0; i < x.Length; i++)
        {
            q[i] = inverse == 0 ? (byte)0 : (byte)(Rounding.Clamp(inverse * x[i], -Limit, Limit - 1) + Limit);
        }
    }

    private static void Join(Span<byte> q, ref Q6_K block)
    {
        Span<byte> low = block.Low;
        Span<byte> high = block.High;
        for (var half = 0; half < 2; half++)
        {
            var values = q.Slice(128 * half, 128);
            for (var pair = 0; pair < 4; pair++)
            {
                BitColumns.Take(values.Slice(32 * pair, 32), bits: 2, shift: 4, high.Slice(32 * half, 32), pair);
            }

            FourBits.Join(values[..64], values[64..], low.Slice(64 * half, 64));
        }
    }
}
