using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q5_K
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q5_K>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q5_K>.LargestInteger => 31;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q5_K>.Integers(byte* blocks, int index) =>
        RowVectors.Half(Vector256.Load(blocks + 48 + index / 2 * 32), index % 2) | RowVectors.Bits(Vector256.Load(blocks + 16), index, 1, 4);
}
