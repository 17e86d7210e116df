using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Packing;

/// <summary>Two 4-bit integers a byte: the low half belongs to one run of values, the high half to another.</summary>
internal static class FourBits
{
    /// <summary>Takes bytes apart.</summary>
    /// <param name="packed">A multiple of 16 bytes.</param>
    /// <param name="low">Receives the low halves, as many as bytes.</param>
    /// <param name="high">Receives the high halves, as many as bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Split(ReadOnlySpan<byte> packed, Span<byte> low, Span<byte> high)
    {
        Debug.Assert(packed.Length % 16 == 0);
        low = low[..packed.Length];
        high = high[..packed.Length];
        for (var i = 0; i + 16 <= packed.Length; i += 16)
        {
            var bytes = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i);
            (bytes & Vector128.Create((byte)15)).StoreUnsafe(ref MemoryMarshal.GetReference(low), (nuint)i);
            (bytes >> 4).StoreUnsafe(ref MemoryMarshal.GetReference(high), (nuint)i);
        }
    }

    /// <summary>Puts two runs of 4-bit integers together.</summary>
    /// <param name="low">A multiple of 16 integers below 16.</param>
    /// <param name="high">As many.</param>
    /// <param name="packed">Receives as many bytes.</param>
    internal static void Join(ReadOnlySpan<byte> low, ReadOnlySpan<byte> high, Span<byte> packed)
    {
        Debug.Assert(packed.Length % 16 == 0);
        low = low[..packed.Length];
        high = high[..packed.Length];
        for (var i = 0; i + 16 <= packed.Length; i += 16)
        {
            var lower = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(low), (nuint)i);
            var upper = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(high), (nuint)i) << 4;
            (lower | upper).StoreUnsafe(ref MemoryMarshal.GetReference(packed), (nuint)i);
        }
    }
}
