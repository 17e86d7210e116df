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

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static unsafe RowScales IIntegerBlockFormat<Q3_K>.RowScales(byte* blocks)
    {
        // Low halves of groups 0-7 and 8-15 share bytes 0-7; upper pair p of byte 8 + j belongs to group 4 p + j.
        var low = *(ulong*)(blocks + 96);
        var upper = *(uint*)(blocks + 104);
        const ulong four = 0x0f0f0f0f0f0f0f0f;
        const uint two = 0x30303030;
        var first = (low & four) | ((upper << 4) & two) | ((ulong)((upper << 2) & two) << 32);
        var last = ((low >> 4) & four) | (upper & two) | ((ulong)((upper >> 2) & two) << 32);
        var six = Vector128.Create(first, last).AsByte() - Vector128.Create((byte)32);
        var scale = *(Half*)(blocks + 108);
        return new(
            RowVectors.Scaled(Avx2.ConvertToVector256Int32(six.AsSByte()), scale), default,
            RowVectors.Scaled(Avx2.ConvertToVector256Int32(Sse2.ShiftRightLogical128BitLane(six, 8).AsSByte()), scale), default);
    }
}
