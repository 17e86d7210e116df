using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct Q8_0
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<Q8_0>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<Q8_0>.Integers(byte* blocks, int index) =>
        Vector256.Load(blocks + index * sizeof(Q8_0) + 2);
}
