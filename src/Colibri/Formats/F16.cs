using System.Runtime.InteropServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

/// <summary>IEEE 754 half precision: 2 bytes a value, 11 bits of precision, up to 65504.</summary>
/// <remarks>
/// Encoding rounds half to even; what is too large becomes infinity, what is too small zero or a subnormal. NaN stays NaN.
/// All 65536 patterns survive decode then encode.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct F16 : IBlockFormat<F16>
{
    /// <summary>The value.</summary>
    public Half Value;

    /// <inheritdoc/>
    public static string Name => "F16";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 1;

    /// <inheritdoc/>
    public static uint? GgufType => 1;

    /// <inheritdoc/>
    public static string? SafetensorsType => "F16";

    /// <inheritdoc/>
    public static float MaxRelativeError => 1f / 2048;

    /// <inheritdoc/>
    static StoredFloat IBlockFormat<F16>.Stored => StoredFloat.Half;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<F16> blocks) =>
        HalfConversion.Narrow(values, MemoryMarshal.Cast<F16, ushort>(blocks));

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<F16> blocks, Span<float> values) =>
        HalfConversion.Widen(MemoryMarshal.Cast<F16, ushort>(blocks), values);
}
