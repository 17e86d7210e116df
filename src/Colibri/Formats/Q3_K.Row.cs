using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q3_K
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q3_K>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q3_K>.LargestInteger => 7;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q3_K>.Integers(byte* blocks, int index)
    {
        return RowVectors.Bits(Vector256.Load(blocks + 32 + index / 4 * 32), 2 * (index % 4), 3, 0)
            | RowVectors.Bits(Vector256.Load(blocks), index, 1, 2);
    }
}
