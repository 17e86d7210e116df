using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with uneven steps, 256 values in groups of 32: 2-byte scale of the scales + eight 6-bit scales + 128 bytes = 4.25
/// bits/value; value = scale * step as in <see cref="IQ4_NL"/>. Scales are stored plus 32: group g has bit pair g of the upper
/// bits and half g % 2 of byte g / 2 of the low ones. Each group has 16 bytes of its own. Layout and search: ggml,
/// <c>quantize_iq4_xs</c> without an importance matrix.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct IQ4_XS : IIntegerBlockFormat<IQ4_XS>
{
    /// <summary>What the groups' scales are multiplied by.</summary>
    public Half Scale;

    /// <summary>The upper two bits of the scales.</summary>
    public ushort ScalesHigh;

    /// <summary>The low four bits of the scales, two a byte.</summary>
    public Bytes4 ScalesLow;

    /// <summary>Two step numbers a byte.</summary>
    public Bytes128 Nibbles;

    /// <inheritdoc/>
    public static string Name => "IQ4_XS";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 256;

    /// <inheritdoc/>
    public static uint? GgufType => 23;

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
    public static void Encode(ReadOnlySpan<float> values, Span<IQ4_XS> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 256, 256);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new IQ4_XS { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<IQ4_XS> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in IQ4_XS block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> nibbles = block.Nibbles;
        var d = (float)block.Scale;
        for (var g = 0; g < 8; g++)
        {
            FourBits.Split(nibbles.Slice(16 * g, 16), q.Slice(32 * g, 16), q.Slice(32 * g + 16, 16));
            var scale = block.ScalesLow[g / 2] >> 4 * (g % 2) & 15 | (block.ScalesHigh >> 2 * g & 3) << 4;
            scales[g] = d * (scale - 32);
        }

        Codebook.Look(q[..256]);
    }

    private static bool TryFit(ReadOnlySpan<float> x, out IQ4_XS block)
    {
        block = default;
        Span<float> fitted = stackalloc float[8];
        CodebookLanes.Fit(x, fitted);
        var extreme = 0f;
        foreach (var scale in fitted)
        {
            extreme = MathF.Abs(scale) > MathF.Abs(extreme) ? scale : extreme;
        }

        Span<byte> q = stackalloc byte[32];
        Span<byte> nibbles = block.Nibbles;
        var whole = -extreme / 32;
        var inverse = whole == 0 ? 0 : 1 / whole;
        block.Scale = (Half)whole;
        for (var g = 0; g < 8; g++)
        {
            var scale = (int)Rounding.Clamp(inverse * fitted[g], -32, 31);
            var d = whole * scale;
            CodebookLanes.Quantize(x.Slice(32 * g, 32), d == 0 ? 0 : 1 / d, q);
            FourBits.Join(q[..16], q[16..], nibbles.Slice(16 * g, 16));
            block.ScalesLow[g / 2] |= (byte)((scale + 32 & 15) << 4 * (g % 2));
            block.ScalesHigh |= (ushort)(scale + 32 >> 4 << 2 * g);
        }

        return Half.IsFinite(block.Scale);
    }
}
