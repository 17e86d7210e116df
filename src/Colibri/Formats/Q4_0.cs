using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Colibri.Formats;

/// <summary>
/// Symmetric 4-bit, 32 values per group: 2-byte scale + 16 bytes = 4.5 bits/value. Byte j holds value j in its low and
/// value j + 16 in its high half; value = scale * (q - 8). Layout and rounding: ggml, <c>quantize_row_q4_0_ref</c>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct Q4_0 : IIntegerBlockFormat<Q4_0>
{
    /// <summary>The value of largest magnitude, divided by -8.</summary>
    public Half Scale;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes16 Nibbles;

    /// <summary>Sixteen bytes in place.</summary>
    [InlineArray(16)]
    public struct Bytes16
    {
        private byte _first;
    }

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
            var group = values.Slice(i * 32, 32);
            var extreme = 0f;
            foreach (var v in group)
            {
                if (MathF.Abs(v) > MathF.Abs(extreme))
                {
                    extreme = v;
                }
            }

            var scale = extreme / -8;
            var inverse = scale == 0 ? 0 : 1 / scale;
            ref var block = ref blocks[i];
            block.Scale = (Half)scale;
            for (var j = 0; j < 16; j++)
            {
                var low = Math.Min(15, (int)(group[j] * inverse + 8.5f));
                var high = Math.Min(15, (int)(group[j + 16] * inverse + 8.5f));
                block.Nibbles[j] = (byte)(low | high << 4);
            }
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<Q4_0> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            ref readonly var block = ref blocks[i];
            var scale = (float)block.Scale;
            var group = values.Slice(i * 32, 32);
            for (var j = 0; j < 16; j++)
            {
                group[j] = ((block.Nibbles[j] & 15) - 8) * scale;
                group[j + 16] = ((block.Nibbles[j] >> 4) - 8) * scale;
            }
        }
    }

    /// <inheritdoc/>
    public static void Split(in Q4_0 block, Span<byte> q, Span<float> scales, Span<float> minimums)
    {
        for (var j = 0; j < 16; j++)
        {
            q[j] = (byte)(block.Nibbles[j] & 15);
            q[j + 16] = (byte)(block.Nibbles[j] >> 4);
        }

        scales[0] = (float)block.Scale;
    }
}
