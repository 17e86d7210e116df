using System.Runtime.InteropServices;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 6-bit, 256 values in groups of 16: 192 bytes of integers + sixteen 8-bit scales + their 2-byte scale = 6.5625
/// bits/value; value = scale * (q - 32). Of each 128 values, low[l] holds the low four bits of values l and l + 64, low[l + 32]
/// those of l + 32 and l + 96, and high[l] the upper bit pairs of l, l + 32, l + 64, l + 96, for l in 0..31. Layout and
/// search: ggml, <c>quantize_row_q6_K_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct Q6_K : IIntegerBlockFormat<Q6_K>
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
    public static float MaxRelativeError => 0.04f;

    /// <inheritdoc/>
    public static int GroupSize => 16;

    /// <inheritdoc/>
    public static int Offset => Limit;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q6_K> blocks)
    {
        Span<byte> q = stackalloc byte[256];
        for (var i = 0; i < blocks.Length; i++)
        {
            Fit(values.Slice(i * 256, 256), q, ref blocks[i]);
            Join(q, ref blocks[i]);
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q6_K> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in Q6_K block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        for (var half = 0; half < 2; half++)
        {
            ReadOnlySpan<byte> low = block.Low[(64 * half)..(64 * half + 64)];
            ReadOnlySpan<byte> high = block.High[(32 * half)..(32 * half + 32)];
            var target = q.Slice(128 * half, 128);
            for (var l = 0; l < 32; l++)
            {
                target[l] = (byte)(low[l] & 15 | (high[l] & 3) << 4);
                target[l + 32] = (byte)(low[l + 32] & 15 | (high[l] >> 2 & 3) << 4);
                target[l + 64] = (byte)(low[l] >> 4 | (high[l] >> 4 & 3) << 4);
                target[l + 96] = (byte)(low[l + 32] >> 4 | high[l] >> 6 << 4);
            }
        }

        var scale = (float)block.Scale;
        for (var g = 0; g < 16; g++)
        {
            scales[g] = scale * (sbyte)block.Scales[g];
        }
    }

    private static void Fit(ReadOnlySpan<float> values, Span<byte> q, ref Q6_K block)
    {
        Span<float> weights = stackalloc float[16];
        Span<float> fitted = stackalloc float[16];
        var extreme = 0f;
        for (var g = 0; g < 16; g++)
        {
            var x = values.Slice(16 * g, 16);
            for (var i = 0; i < 16; i++)
            {
                weights[i] = x[i] * x[i];
            }

            fitted[g] = SymmetricSearch.Fit(x, weights, Limit, q.Slice(16 * g, 16));
            extreme = MathF.Abs(fitted[g]) > MathF.Abs(extreme) ? fitted[g] : extreme;
        }

        if (MathF.Abs(extreme) < SymmetricSearch.Nothing)
        {
            q.Clear();
            block = default;
            return;
        }

        var inverse = -128f / extreme;
        block.Scale = (Half)(1 / inverse);
        for (var g = 0; g < 16; g++)
        {
            var scale = Rounding.Clamp(inverse * fitted[g], -128, 127);
            block.Scales[g] = (byte)(sbyte)scale;
            var d = (float)block.Scale * scale;
            if (d == 0)
            {
                continue;
            }

            for (var i = 16 * g; i < 16 * g + 16; i++)
            {
                q[i] = (byte)(Rounding.Clamp(values[i] / d, -Limit, Limit - 1) + Limit);
            }
        }
    }

    private static void Join(ReadOnlySpan<byte> q, ref Q6_K block)
    {
        for (var half = 0; half < 2; half++)
        {
            var low = block.Low[(64 * half)..(64 * half + 64)];
            var high = block.High[(32 * half)..(32 * half + 32)];
            var source = q.Slice(128 * half, 128);
            for (var l = 0; l < 32; l++)
            {
                low[l] = (byte)(source[l] & 15 | source[l + 64] << 4);
                low[l + 32] = (byte)(source[l + 32] & 15 | source[l + 96] << 4);
                high[l] = (byte)(source[l] >> 4 | source[l + 32] >> 4 << 2 | source[l + 64] >> 4 << 4 | source[l + 96] >> 4 << 6);
            }
        }
    }
}
