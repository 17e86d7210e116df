using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Packing;

/// <summary>What all integer formats share: decoding by way of <see cref="IIntegerBlockFormat{TSelf}.Split"/>.</summary>
internal static class IntegerBlocks
{
    /// <summary>The most values any block holds: room for its integers fits on the stack.</summary>
    internal const int MaxValues = 256;

    /// <summary>The smallest group that shares a scale.</summary>
    internal const int MinGroup = 16;

    /// <summary>
    /// Decodes as <c>scale * (q - offset) - minimum</c>: the product rounded first, then the difference, never fused. (With
    /// half-precision scales the product needs at most 24 bits and is exact, so a fused kernel gives the same.)
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Decode<TBlock>(ReadOnlySpan<TBlock> blocks, Span<float> values)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        Debug.Assert(TBlock.ValuesPerBlock <= MaxValues && TBlock.GroupSize >= MinGroup);
        Span<byte> q = stackalloc byte[MaxValues];
        Span<float> scales = stackalloc float[MaxValues / MinGroup];
        Span<float> minimums = stackalloc float[MaxValues / MinGroup];
        minimums.Clear();
        q = q[..TBlock.ValuesPerBlock];
        for (var b = 0; b < blocks.Length; b++)
        {
            TBlock.Split(in blocks[b], q, scales, minimums);
            var target = values.Slice(b * TBlock.ValuesPerBlock, TBlock.ValuesPerBlock);
            for (var g = 0; g * TBlock.GroupSize < q.Length; g++)
            {
                var group = q.Slice(g * TBlock.GroupSize, TBlock.GroupSize);
                for (var i = 0; i < group.Length; i += Vector128<byte>.Count)
                {
                    Spread<TBlock>(group.Slice(i, 16), scales[g], minimums[g], target.Slice(g * TBlock.GroupSize + i, 16));
                }
            }
        }
    }

    /// <summary>Sixteen integers to floats; bytes are widened to 16 and 32 bits in order, so lanes stay in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Spread<TBlock>(ReadOnlySpan<byte> q, float scale, float minimum, Span<float> values)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        var (low, high) = Vector128.Widen(Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(q)));
        var (a, b) = Vector128.Widen(low);
        var (c, d) = Vector128.Widen(high);
        ref var target = ref MemoryMarshal.GetReference(values);
        Value<TBlock>(a, scale, minimum).StoreUnsafe(ref target, 0);
        Value<TBlock>(b, scale, minimum).StoreUnsafe(ref target, 4);
        Value<TBlock>(c, scale, minimum).StoreUnsafe(ref target, 8);
        Value<TBlock>(d, scale, minimum).StoreUnsafe(ref target, 12);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Value<TBlock>(Vector128<uint> q, float scale, float minimum)
        where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    {
        var product = Vector128.ConvertToSingle(q.AsInt32() - Vector128.Create(TBlock.Offset)) * scale;
        return TBlock.HasMinimums ? product - Vector128.Create(minimum) : product;
    }
}
