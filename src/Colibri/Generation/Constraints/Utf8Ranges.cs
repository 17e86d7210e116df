namespace Colibri.Generation.Constraints;

/// <summary>Splits ranges of characters beyond ASCII into sequences of byte ranges, as UTF-8 orders them.</summary>
internal static class Utf8Ranges
{
    private static readonly int[] LastOfLength = [0x7F, 0x7FF, 0xFFFF, 0x10FFFF];

    /// <summary>
    /// The sequences of a range, in order. At every depth the byte ranges of two sequences are equal or disjoint, so they
    /// make a tree.
    /// </summary>
    public static IEnumerable<(byte First, byte Last)[]> Split(int first, int last)
    {
        foreach (var longest in LastOfLength)
        {
            if (first <= longest && first <= last)
            {
                foreach (var sequence in SameLength(first, Math.Min(last, longest)))
                {
                    yield return sequence;
                }

                first = longest + 1;
            }
        }
    }

    private static IEnumerable<(byte First, byte Last)[]> SameLength(int first, int last)
    {
        var length = Length(first);
        for (var i = 1; i < length; i++)
        {
            // Within one sequence a byte may only vary where all bytes behind it take every value.
            var low = (1 << (6 * i)) - 1;
            if ((first & ~low) == (last & ~low))
            {
                continue;
            }

            if ((first & low) != 0)
            {
                return SameLength(first, first | low).Concat(SameLength((first | low) + 1, last));
            }

            if ((last & low) != low)
            {
                return SameLength(first, (last & ~low) - 1).Concat(SameLength(last & ~low, last));
            }
        }

        var sequence = new (byte, byte)[length];
        for (var i = 0; i < length; i++)
        {
            sequence[i] = (Byte(first, length, i), Byte(last, length, i));
        }

        return [sequence];
    }

    private static int Length(int codePoint) => codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;

    private static byte Byte(int codePoint, int length, int index)
    {
        var bits = codePoint >> (6 * (length - 1 - index));
        return (byte)(length == 1 ? bits : index > 0 ? 0x80 | (bits & 0x3F) : (0xF00 >> length) & 0xFF | bits);
    }
}
