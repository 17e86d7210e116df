using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q5_0
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q5_0>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q5_0>.LargestInteger => 31;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q5_0>.Integers(byte* blocks, int index) =>
        RowVectors.Nibbles(blocks + index * sizeof(Q5_0) + 6) | RowVectors.FifthBits(blocks + index * sizeof(Q5_0) + 2);
}
