using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Colibri.Formats.Packing;
using Colibri.Formats.Search;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 8-bit, 32 values per group: 2-byte scale + 32 signed bytes = 8.5 bits/value; value = scale * q. Layout and
/// rounding: ggml, <c>quantize_row_q8_0_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct Q8_0 : IIntegerBlockFormat<Q8_0>
{
    /// <summary>The largest magnitude, divided by 127.</summary>
    public Half Scale;

    /// <summary>Signed bytes, one a value.</summary>
    public Bytes32 Values;

    /// <inheritdoc/>
    public static string Name => "Q8_0";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

    /// <inheritdoc/>
    public static uint? GgufType => 8;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.0045f;

    /// <inheritdoc/>
    public static int GroupSize => 32;

    /// <inheritdoc/>
    public static int Offset => 128;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<Q8_0> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            var x = values.Slice(i * 32, 32);
            blocks[i] = Encodable.Holds(x) && TryFit(x, out var block) ? block : new Q8_0 { Scale = Half.NaN };
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q8_0> blocks, Span<float> values) => IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(in Q8_0 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        ReadOnlySpan<byte> values = block.Values;
        for (var j = 0; j < 32; j += 16)
        {
            // Flipping the sign bit adds 128.
            (Vector128.Create(values.Slice(j, 16)) ^ Vector128.Create((byte)0x80)).CopyTo(q[j..]);
        }

        scales[0] = (float)block.Scale;
    }

    private static bool TryFit(ReadOnlySpan<float> x, out Q8_0 block)
    {
        block = default;
        var scale = Extremes.Magnitude(x) / 127;
        Rounding.Away(x, scale == 0 ? 0 : 1 / scale, block.Values);
        block.Scale = (Half)scale;
        return Half.IsFinite(block.Scale);
    }
}
