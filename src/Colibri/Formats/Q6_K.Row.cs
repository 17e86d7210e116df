using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q6_K
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q6_K>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q6_K>.LargestInteger => 63;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q6_K>.Integers(byte* blocks, int index)
    {
        // Runs 0 to 3 of each half: low halves of the bytes for runs 0 and 1, high halves for 2 and 3; a bit pair each.
        var run = index % 4;
        var low = RowVectors.Half(Vector256.Load(blocks + index / 4 * 64 + run % 2 * 32), run / 2);
        return low | RowVectors.Bits(Vector256.Load(blocks + 128 + index / 4 * 32), 2 * run, 3, 4);
    }

    /// <inheritdoc/>
    static int[]? IIntegerBlockFormat<Q6_K>.RowOrder => RowVectors.SixBitOrder;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe (Vector256<int> First, Vector256<int> Second) IIntegerBlockFormat<Q6_K>.RowSums(byte* blocks, sbyte* activations) =>
        RowVectors.SixBitSums(blocks, blocks + 128, activations);
}
