using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

/// <summary>
/// 4-bit with an integer zero point, 32 values per group: 4-byte scale + 1 byte + 16 bytes = 5.25 bits/value. Layout and source:
/// <see cref="GroupedNibbles"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public partial struct INT4_G32 : IIntegerBlockFormat<INT4_G32>
{
    /// <summary>The distance between neighbouring integers.</summary>
    public float Scale;

    /// <summary>The integer that stands for zero, 0..16.</summary>
    public byte Zero;

    /// <summary>Two 4-bit integers a byte.</summary>
    public Bytes16 Nibbles;

    /// <inheritdoc/>
    public static string Name => "INT4_G32";

    /// <inheritdoc/>
    public static int ValuesPerBlock => 32;

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
    static bool IIntegerBlockFormat<INT4_G32>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<INT4_G32>.LargestInteger => GroupedNibbles.LargestInteger;

    /// <inheritdoc/>
    static RowRecipe IIntegerBlockFormat<INT4_G32>.Recipe { get; } = new GroupedNibbleRecipe(32);

    /// <inheritdoc/>
    static EightRowsRecipe IIntegerBlockFormat<INT4_G32>.EightRows { get; } = new GroupedNibbleEights(32);

    /// <inheritdoc/>
    public static void Encode(ReadOnlySpan<float> values, Span<INT4_G32> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            GroupedNibbles.Encode(values.Slice(i * 32, 32), MemoryMarshal.AsBytes(blocks.Slice(i, 1)));
        }
    }

    /// <inheritdoc/>
    public static void Decode(ReadOnlySpan<INT4_G32> blocks, Span<float> values) => Packing.IntegerBlocks.Decode(blocks, values);

    /// <inheritdoc/>
    public static void Split(in INT4_G32 block, Span<byte> q, Span<float> scales, Span<float> minimums) =>
        GroupedNibbles.Split(MemoryMarshal.AsBytes(new ReadOnlySpan<INT4_G32>(in block)), q, scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<INT4_G32>.UnpackScales(byte* rows, nint rowBytes, int blocks, float* scales, float* minimums) =>
        GroupedNibbles.UnpackScales(rows, rowBytes, blocks, 32, scales);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static unsafe void IIntegerBlockFormat<INT4_G32>.UnpackPanel(byte* rows, nint rowBytes, int lastRow, int blocks, byte* q, float* scales, float* minimums)
    {
        if (lastRow < Panels.Rows - 1)
        {
            Panels.Unpack<INT4_G32>(rows, rowBytes, lastRow, blocks, q, scales, minimums);
            return;
        }

        Panels.Scales<INT4_G32>(rows, rowBytes, lastRow, blocks, scales, minimums);
        GroupedNibbles.UnpackPanel(rows, rowBytes, blocks, 32, q);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<INT4_G32>.Integers(byte* blocks, int index) => GroupedNibbles.Integers(blocks, index, 32);
}
