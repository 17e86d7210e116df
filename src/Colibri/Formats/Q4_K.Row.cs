using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q4_K
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q4_K>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q4_K>.LargestInteger => 15;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q4_K>.Integers(byte* blocks, int index) =>
        RowVectors.Half(Vector256.Load(blocks + 16 + index / 2 * 32), index % 2);

    /// <inheritdoc/>
    static int[]? IIntegerBlockFormat<Q4_K>.RowOrder => RowVectors.PairedOrder;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe (Vector256<int> First, Vector256<int> Second) IIntegerBlockFormat<Q4_K>.RowSums(byte* blocks, sbyte* activations) =>
        (RowVectors.PairedSums(blocks + 16, activations), default);
}
