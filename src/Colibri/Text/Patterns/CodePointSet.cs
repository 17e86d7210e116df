using System.Text;
using Colibri.Text.Unicode;

namespace Colibri.Text.Patterns;

/// <summary>A set of code points: a character class of a pattern. ASCII is a bitmap, the rest is decided by a test.</summary>
internal sealed class CodePointSet
{
    private const uint WordCategories = Categories.Mark | Categories.DecimalDigit | Categories.Connector;

    private readonly Func<int, bool> test;
    private readonly ulong low;
    private readonly ulong high;

    private CodePointSet(Func<int, bool> test)
    {
        this.test = test;
        for (var c = 0; c < 64; c++)
        {
            low |= test(c) ? 1UL << c : 0;
            high |= test(c + 64) ? 1UL << c : 0;
        }
    }

    /// <summary>Every code point.</summary>
    public static CodePointSet Any { get; } = new(_ => true);

    /// <summary>Every code point but a line feed.</summary>
    public static CodePointSet NoLineFeed { get; } = new(c => c != '\n');

    /// <summary>\s.</summary>
    public static CodePointSet Space { get; } = new(CharacterClass.IsSpace);

    /// <summary>\w in Oniguruma: Alphabetic, M, Nd, Pc, and the superscripts and fractions of Latin-1, for which it has a table of its own.</summary>
    public static CodePointSet Word { get; } = new(c =>
        CharacterClass.IsAlphabetic(c) || (CharacterClass.CategoryBit(c) & WordCategories) != 0 || c is 0xB2 or 0xB3 or 0xB9 or 0xBC or 0xBD or 0xBE);

    /// <summary>\w in Rust: Alphabetic, M, Nd, Pc, Join_Control.</summary>
    public static CodePointSet RustWord { get; } = new(CharacterClass.IsWord);

    /// <summary>\d: Nd.</summary>
    public static CodePointSet Digit { get; } = OfCategories(Categories.DecimalDigit);

    /// <summary>The members below 64, as bits.</summary>
    public ulong Low => low;

    /// <summary>The members from 64 to 127, as bits.</summary>
    public ulong High => high;

    /// <summary>The one member, where the set was made of one ASCII character; else -1.</summary>
    public int SingleAscii { get; private init; } = -1;

    /// <summary>A range.</summary>
    public static CodePointSet OfRange(int first, int last) =>
        new(c => c >= first && c <= last) { SingleAscii = first == last && first < 0x80 ? first : -1 };

    /// <summary>General categories, as a mask.</summary>
    public static CodePointSet OfCategories(uint mask) => new(c => (CharacterClass.CategoryBit(c) & mask) != 0);

    /// <summary>Whatever a test accepts.</summary>
    public static CodePointSet Of(Func<int, bool> test) => new(test);

    /// <summary>All members of several sets.</summary>
    public static CodePointSet Union(IReadOnlyList<CodePointSet> sets)
    {
        if (sets.Count == 1)
        {
            return sets[0];
        }

        var parts = sets.ToArray();
        return new(c =>
        {
            foreach (var part in parts)
            {
                if (part.Contains(c))
                {
                    return true;
                }
            }

            return false;
        });
    }

    /// <summary>The members of both sets.</summary>
    public CodePointSet And(CodePointSet other) => new(c => Contains(c) && other.Contains(c));

    /// <summary>Everything else.</summary>
    public CodePointSet Negate() => new(c => !Contains(c));

    /// <summary>The set with every character that differs from a member in case only.</summary>
    public CodePointSet IgnoreCase() => new(c =>
    {
        if (Contains(c))
        {
            return true;
        }

        foreach (var variant in Variants(c))
        {
            if (Contains(variant))
            {
                return true;
            }
        }

        return false;
    });

    /// <summary>Whether a code point is a member.</summary>
    public bool Contains(int codePoint) =>
        codePoint < 64 ? (low >> codePoint & 1) != 0
        : codePoint < 128 ? (high >> (codePoint - 64) & 1) != 0
        : test(codePoint);

    // Simple case folding: what shares an upper or lower case form, with the three letters that fold into ASCII or Latin-1.
    private static IEnumerable<int> Variants(int codePoint)
    {
        if (!Rune.IsValid(codePoint))
        {
            yield break;
        }

        var rune = new Rune(codePoint);
        var upper = Rune.ToUpperInvariant(rune);
        yield return Rune.ToLowerInvariant(rune).Value;
        yield return upper.Value;
        yield return Rune.ToLowerInvariant(upper).Value;
        switch (codePoint)
        {
            case 's' or 'S' or 0x17F:
                yield return 's';
                yield return 'S';
                yield return 0x17F;
                break;
            case 'k' or 'K' or 0x212A:
                yield return 'k';
                yield return 'K';
                yield return 0x212A;
                break;
            case 0xE5 or 0xC5 or 0x212B:
                yield return 0xE5;
                yield return 0xC5;
                yield return 0x212B;
                break;
        }
    }
}
