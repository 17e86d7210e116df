using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

/// <summary>
/// OCP 8-bit float with 4 bits of exponent and 3 of fraction, the variant without infinities ("fn"): up to 448, one NaN per sign.
/// </summary>
/// <remarks>Encoding rounds half to even; infinity and what rounds beyond 448 become NaN, nothing saturates.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct F8_E4M3 : IBlockFormat<F8_E4M3>
{
    /// <summary>Sign, exponent counted from 7, fraction.</summary>
    public byte Bits;

    /// <inheritdoc/>
    public static string Name => "F8_E4M3";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 1;

    /// <inheritdoc/>
    public static uint? GgufType => null;

    /// <inheritdoc/>
    public static string? SafetensorsType => "F8_E4M3";

    /// <inheritdoc/>
    public static float MaxRelativeError => 1f / 16;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<F8_E4M3> blocks) =>
        SmallFloats.NarrowE4M3(values, MemoryMarshal.AsBytes(blocks));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(ReadOnlySpan<F8_E4M3> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            values[i] = SmallFloats.E4M3[blocks[i].Bits];
        }
    }
}
