using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

/// <summary>
/// OCP 8-bit float with 5 bits of exponent and 2 of fraction: the upper half of half precision, up to 57344.
/// </summary>
/// <remarks>Encoding rounds half to even; what rounds beyond 57344 becomes infinity and NaN stays NaN, nothing saturates.</remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct F8_E5M2 : IBlockFormat<F8_E5M2>
{
    /// <summary>Sign, exponent counted from 15, fraction.</summary>
    public byte Bits;

    /// <inheritdoc/>
    public static string Name => "F8_E5M2";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 1;

    /// <inheritdoc/>
    public static uint? GgufType => null;

    /// <inheritdoc/>
    public static string? SafetensorsType => "F8_E5M2";

    /// <inheritdoc/>
    public static float MaxRelativeError => 1f / 8;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<F8_E5M2> blocks) =>
        SmallFloats.NarrowE5M2(values, MemoryMarshal.AsBytes(blocks));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Decode(ReadOnlySpan<F8_E5M2> blocks, Span<float> values)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            values[i] = SmallFloats.E5M2[blocks[i].Bits];
        }
    }
}
