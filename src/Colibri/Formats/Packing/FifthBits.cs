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

    /// <summary>Takes the fifth bits of 32 integers; the low four are what <see cref="FourBits.Join"/> writes.</summary>
    /// <param name="q">32 integers below 32; receives their low four bits.</param>
    /// <returns>The fifth bits.</returns>
    internal static uint Take(Span<byte> q)
    {
        var bits = 0u;
        for (var i = 0; i < 32; i++)
        {
            bits |= (uint)(q[i] >> 4) << i;
            q[i] &= 15;
        }

        return bits;
    }
}
