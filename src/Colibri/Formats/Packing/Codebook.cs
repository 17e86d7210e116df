using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Packing;

/// <summary>
/// The sixteen uneven steps of IQ4_NL and IQ4_XS: dense around zero, where most weights are. As unsigned integers they are 128
/// higher.
/// </summary>
internal static class Codebook
{
    /// <summary>What is added to make the steps unsigned.</summary>
    internal const int Offset = 128;

    /// <summary>The steps, ascending.</summary>
    internal static ReadOnlySpan<sbyte> Steps => [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];

    /// <summary>The steps as unsigned integers.</summary>
    internal static byte[] Unsigned()
    {
        byte[] numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];
        Look(numbers);
        return numbers;
    }

    /// <summary>Replaces numbers of steps by the steps.</summary>
    /// <param name="q">A multiple of 16 numbers below 16; receives the steps plus 128.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Look(Span<byte> q)
    {
        var table = Vector128.LoadUnsafe(ref MemoryMarshal.GetReference(Steps)).AsByte() ^ Vector128.Create((byte)Offset);
        ref var target = ref MemoryMarshal.GetReference(q);
        for (nuint i = 0; i < (nuint)q.Length; i += 16)
        {
            Vector128.Shuffle(table, Vector128.LoadUnsafe(ref target, i)).StoreUnsafe(ref target, i);
        }
    }
}
