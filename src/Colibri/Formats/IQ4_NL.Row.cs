using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct IQ4_NL
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<IQ4_NL>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<IQ4_NL>.Integers(byte* blocks, int index) =>
        RowVectors.Looked(RowVectors.Nibbles(blocks + index * sizeof(IQ4_NL) + 2));
}
