using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q4_1
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q4_1>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q4_1>.LargestInteger => 15;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q4_1>.Integers(byte* blocks, int index) =>
        RowVectors.Nibbles(blocks + index * sizeof(Q4_1) + 4);

    /// <inheritdoc/>
    static int[]? IIntegerBlockFormat<Q4_1>.RowOrder => RowVectors.NibbleOrder;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe (Vector256<int> First, Vector256<int> Second) IIntegerBlockFormat<Q4_1>.RowSums(byte* blocks, sbyte* activations) =>
        (RowVectors.NibbleSums(blocks + 4, sizeof(Q4_1), activations), default);
}
