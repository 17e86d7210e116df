using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Colibri.Formats;

public partial struct IQ4_XS
{
    /// <inheritdoc/>
    static bool IIntegerBlockFormat<IQ4_XS>.HasRows => Avx2.IsSupported;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe Vector256<byte> IIntegerBlockFormat<IQ4_XS>.Integers(byte* blocks, int index) =>
        RowVectors.Looked(RowVectors.Nibbles(blocks + 8 + 16 * index));
}
