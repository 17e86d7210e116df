using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Colibri.Text.Unicode;

/// <summary>
/// What a code point is: general category and white space, from the runtime's own Unicode tables, looked up through
/// pages of 256 that are filled on first use (so a text in one script costs a few kilobytes).
/// </summary>
internal static class CharacterClass
{
    // An entry holds the category's number, 0 to 29, and these two.
    private const byte SpaceBit = 0x80;
    private const byte AlphabeticBit = 0x40;

    private static readonly Lazy<(int[] Firsts, int[] Lasts, int[] Values)> OtherAlphabetic = new(() => RangeTable.Read(PropertyData.OtherAlphabetic));

    private static readonly byte[]?[] Pages = new byte[0x1100][];

    /// <summary>The general category.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static UnicodeCategory Category(int codePoint) => (UnicodeCategory)(Entry(codePoint) & 0x1F);

    /// <summary>Bit n is set where the category's number is n, so that sets of categories are masks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint CategoryBit(int codePoint) => 1u << (Entry(codePoint) & 0x1F);

    /// <summary>Whether the code point has the property White_Space.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsSpace(int codePoint) => (Entry(codePoint) & SpaceBit) != 0;

    /// <summary>\p{L}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsLetter(int codePoint) => (CategoryBit(codePoint) & Categories.Letter) != 0;

    /// <summary>\p{N}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsNumber(int codePoint) => (CategoryBit(codePoint) & Categories.Number) != 0;

    /// <summary>\p{P}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsPunctuation(int codePoint) => (CategoryBit(codePoint) & Categories.Punctuation) != 0;

    /// <summary>ASCII punctuation in the sense of C (symbols included) or \p{P}: what BERT splits on.</summary>
    public static bool IsBertPunctuation(int codePoint) => codePoint < 0x80
        ? codePoint is (>= '!' and <= '/') or (>= ':' and <= '@') or (>= '[' and <= '`') or (>= '{' and <= '~')
        : IsPunctuation(codePoint);

    /// <summary>\w as Unicode defines it for regular expressions: Alphabetic, M, Nd, Pc, Join_Control.</summary>
    public static bool IsWord(int codePoint)
    {
        if (codePoint < 0x80)
        {
            return codePoint is (>= '0' and <= '9') or (>= 'A' and <= 'Z') or '_' or (>= 'a' and <= 'z');
        }

        return (CategoryBit(codePoint) & Categories.Word) != 0 || codePoint is 0x200C or 0x200D || IsAlphabetic(codePoint);
    }

    /// <summary>Whether the code point has the property Alphabetic.</summary>
    public static bool IsAlphabetic(int codePoint) => (Entry(codePoint) & AlphabeticBit) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte Entry(int codePoint)
    {
        var page = Volatile.Read(ref Pages[codePoint >> 8]) ?? Fill(codePoint >> 8);
        return page[codePoint & 0xFF];
    }

    private static byte[] Fill(int index)
    {
        var page = new byte[256];
        for (var i = 0; i < 256; i++)
        {
            var codePoint = (index << 8) | i;
            page[i] = (byte)CharUnicodeInfo.GetUnicodeCategory(codePoint);
            if (Rune.IsValid(codePoint) && Rune.IsWhiteSpace(new Rune(codePoint)))
            {
                page[i] |= SpaceBit;
            }

            var (firsts, lasts, _) = OtherAlphabetic.Value;
            if ((1u << (page[i] & 0x1F) & (Categories.Letter | Categories.LetterNumber)) != 0 || RangeTable.Find(firsts, lasts, codePoint) >= 0)
            {
                page[i] |= AlphabeticBit;
            }
        }

        Volatile.Write(ref Pages[index], page);
        return page;
    }
}
