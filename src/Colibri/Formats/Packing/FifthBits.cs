using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Colibri.Formats.Packing;

/// <summary>The fifth bits of 32 integers, gathered in one 32-bit number as Q5_0 and Q5_1 hold them: bit i belongs to value i.</summary>
internal static class FifthBits
{
    /// <summary>Adds 16 to every integer whose bit is set.</summary>
    /// <param name="bits">The fifth bits.</param>
    /// <param name="q">32 integers below 16.</param>
    internal static void Add(uint bits, Span<byte> q)
    {
        ref var target = ref MemoryMarshal.GetReference(q[..32]);
        var all = Vector128.CreateScalarUnsafe(bits).AsByte();
        var each = Vector128.Create(0x8040201008040201ul).AsByte();
        for (var half = 0; half < 2; half++)
        {
            // Each of two bytes of bits is repeated eight times; lane i keeps bit i % 8 of its byte.
            var source = half == 0
                ? Vector128.Shuffle(all, Vector128.Create((byte)0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1))
                : Vector128.Shuffle(all, Vector128.Create((byte)2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3));
            var set = Vector128.Equals(source & each, each) & Vector128.Create((byte)16);
            (Vector128.LoadUnsafe(ref target, (nuint)(16 * half)) | set).StoreUnsafe(ref target, (nuint)(16 * half));
        }
    }

    /// <summary>Moves the fifth bits out of 32 integers.</summary>
    /// <param name="q">32 integers below 32; their low four bits stay.</param>
    /// <returns>The fifth bits.</returns>
    internal static uint Take(Span<byte> q)
    {
        ref var source = ref MemoryMarshal.GetReference(q[..32]);
        var (low, high) = (Vector128.LoadUnsafe(ref source), Vector128.LoadUnsafe(ref source, 16));
        (low & Vector128.Create((byte)15)).StoreUnsafe(ref source);
        (high & Vector128.Create((byte)15)).StoreUnsafe(ref source, 16);
        return (low << 3).ExtractMostSignificantBits() | (high << 3).ExtractMostSignificantBits() << 16;
    }
}
