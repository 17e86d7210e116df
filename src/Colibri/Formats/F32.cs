using System.Runtime.InteropServices;

namespace Colibri.Formats;

/// <summary>IEEE 754 single precision: 4 bytes a value.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct F32 : IBlockFormat<F32>
{
    /// <summary>The value.</summary>
    public float Value;

    /// <inheritdoc/>
    public static string Name => "F32";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 1;

    /// <inheritdoc/>
    public static uint? GgufType => 0;

    /// <inheritdoc/>
    public static string? SafetensorsType => "F32";

    /// <inheritdoc/>
    public static float MaxRelativeError => 0;

    /// <inheritdoc/>
    static StoredFloat IBlockFormat<F32>.Stored => StoredFloat.Single;

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<F32> blocks) => values.CopyTo(MemoryMarshal.Cast<F32, float>(blocks));

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<F32> blocks, Span<float> values) => MemoryMarshal.Cast<F32, float>(blocks).CopyTo(values);
}
