using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with an integer zero point, 64 values per group: 4-byte scale + 1 byte + 32 bytes = 4.625 bits/value. Layout and source:
/// <see cref="GroupedNibbles"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct INT4_G64 : IIntegerBlockFormat<INT4_G64>
{
    /// <summary>The distance between neighbouring integers.</summary>
    public float Scale;

    /// <summary>The integer that stands for zero, 0..16.</summary>
    public byte Zero;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes32 Nibbles;

    /// <inheritdoc/>
    public static string Name => "INT4_G64";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 64;

    /// <inheritdoc/>
    public static uint? GgufType => null;

    /// <inheritdoc/>
    public static string? SafetensorsType => null;

    /// <inheritdoc/>
    public static float MaxRelativeError => 0.07f;

    /// <inheritdoc/>
    public static int GroupSize => GroupedNibbles.Run;

    /// <inheritdoc/>
    public static int Offset => GroupedNibbles.Offset;

    /// <inheritdoc/>
    public static bool HasMinimums => false;

    /// <inheritdoc/>
    static bool IIntegerBlockFormat<INT4_G64>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<INT4_G64>.LargestInteger => GroupedNibbles.LargestInteger;

    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<INT4_G64>.Recipe { get; } = new GroupedNibbleRecipe(64);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<INT4_G64>.EightRows { get; } = new GroupedNibbleEights(64);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<INT4_G64> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            GroupedNibbles.Encode(values.Slice(i * 64, 64), MemoryMarshal.AsBytes(blocks.Slice(i, 1)));
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<INT4_G64> blocks, Span<float> values) => Packing.IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in INT4_G64 block, Span<byte> q, Span<float> scales, Span<float> minimums) =>
        GroupedNibbles.Split(MemoryMarshal.AsBytes(new ReadOnlySpan<INT4_G64>(in block)), q, scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<INT4_G64>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        GroupedNibbles.UnpackScales(rows, rowBytes, blocks, 64, scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<INT4_G64>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<INT4_G64>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<INT4_G64>(rows, rowBytes, lastRow, blocks, scales, minimums);
        GroupedNibbles.UnpackPanel(rows, rowBytes, blocks, 64, q);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<INT4_G64>.Integers(byte* blocks, int index) => GroupedNibbles.Integers(blocks, index, 64);
}
