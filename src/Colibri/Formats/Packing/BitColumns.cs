using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Packing;

/// <summary>
/// Runs of values that each own one or two bits of the same bytes, as k-quants hold them: run r of the values has bit (or bit pair)
/// r of each byte, value l of the run in byte l.
/// </summary>
internal static class BitColumns
{
    /// <summary>Adds a run's bits to its integers.</summary>
    /// <param name="packed">A multiple of 16 bytes.</param>
    /// <param name="run">Which bit or pair, counted from the low end.</param>
    /// <param name="bits">1 or 2.</param>
    /// <param name="shift">How far up the bits go in the integers.</param>
    /// <param name="q">As many integers as bytes; those bits are still zero.</param>
    internal static void Add(ReadOnlySpan<byte> packed, int run, int bits, int shift, Span<byte> q)
    {
        Debug.Assert(packed.Length % 16 == 0 && q.Length == packed.Length);
        ref var source = ref MemoryMarshal.GetReference(packed);
        ref var target = ref MemoryMarshal.GetReference(q);
        var mask = Vector128.Create((byte)((1 << bits) - 1));
        for (nuint i = 0; i < (nuint)packed.Length; i += 16)
        {
            var own = (Vector128.LoadUnsafe(ref source, i) >> run * bits & mask) << shift;
            (Vector128.LoadUnsafe(ref target, i) | own).StoreUnsafe(ref target, i);
        }
    }

    /// <summary>Moves a run's bits out of its integers.</summary>
    /// <param name="q">A multiple of 16 integers; what lies above <paramref name="shift"/> is cleared, unless it is 0.</param>
    /// <param name="bits">1 or 2.</param>
    /// <param name="shift">Where the bits are in the integers.</param>
    /// <param name="packed">As many bytes; those bits are still zero.</param>
    /// <param name="run">Which bit or pair, counted from the low end.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Take(Span<byte> q, int bits, int shift, Span<byte> packed, int run)
    {
        Debug.Assert(packed.Length % 16 == 0 && q.Length == packed.Length);
        ref var source = ref MemoryMarshal.GetReference(q);
        ref var target = ref MemoryMarshal.GetReference(packed);
        var rest = Vector128.Create((byte)((1 << shift) - 1));
        for (nuint i = 0; i < (nuint)packed.Length; i += 16)
        {
            var integers = Vector128.LoadUnsafe(ref source, i);
            (Vector128.LoadUnsafe(ref target, i) | integers >> shift << run * bits).StoreUnsafe(ref target, i);
            (integers & rest).StoreUnsafe(ref source, i);
        }
    }
}
