using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q5_1
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q5_1>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q5_1>.LargestInteger => 31;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q5_1>.Integers(byte* blocks, int index) =>
        RowVectors.Nibbles(blocks + index * sizeof(Q5_1) + 8) | RowVectors.FifthBits(blocks + index * sizeof(Q5_1) + 4);
}
