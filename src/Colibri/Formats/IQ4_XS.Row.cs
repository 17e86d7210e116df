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

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe RowScales IIntegerBlockFormat<IQ4_XS>.RowScales(byte* blocks)
    {
        var block = (IQ4_XS*)blocks;
        var low = RowVectors.Nibble(*(uint*)&block->ScalesLow);
        var high = Avx2.ShiftRightLogicalVariable(Vector256.Create((uint)block->ScalesHigh), Vector256.Create(0u, 2, 4, 6, 8, 10, 12, 14)) & Vector256.Create(3u);
        return new(RowVectors.Scaled((low | (high << 4)).AsInt32() - Vector256.Create(32), block->Scale), default, default, default);
    }
}
