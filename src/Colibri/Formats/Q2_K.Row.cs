using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q2_K
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q2_K>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    static int IIntegerBlockFormat<Q2_K>.LargestInteger => 3;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q2_K>.Integers(byte* blocks, int index) =>
        RowVectors.Bits(Vector256.Load(blocks + 16 + index / 4 * 32), 2 * (index % 4), 3, 0);
}
