using System.Runtime.InteropServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats;

/// <summary>The upper half of a single-precision number: 2 bytes a value, 8 bits of precision, the range of float32.</summary>
/// <remarks>
/// Encoding rounds half to even; what rounds beyond the largest value becomes infinity, and NaN stays NaN (its quiet bit set
/// where the payload would otherwise be lost). All 65536 patterns survive decode then encode.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct BF16 : IBlockFormat<BF16>
{
    /// <summary>Sign, 8 bits of exponent, 7 bits of fraction.</summary>
    public ushort Bits;

    /// <inheritdoc/>
    public static string Name => "BF16";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 1;

    /// <inheritdoc/>
    public static uint? GgufType => 30;

    /// <inheritdoc/>
    public static string? SafetensorsType => "BF16";

    /// <inheritdoc/>
    public static float MaxRelativeError => 1f / 256;

    /// <inheritdoc/>
    static StoredFloat IBlockFormat<BF16>.Stored => StoredFloat.Brain;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<BF16> blocks) =>
        BrainConversion.Narrow(values, MemoryMarshal.Cast<BF16, ushort>(blocks));

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<BF16> blocks, Span<float> values) =>
        BrainConversion.Widen(MemoryMarshal.Cast<BF16, ushort>(blocks), values);
}
