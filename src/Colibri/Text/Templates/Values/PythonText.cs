using System.Globalization;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>Text as Python sees it: counted in code points, with Python's ideas of white space and line ends.</summary>
internal static class PythonText
{
    /// <summary>str.isspace() of one character; all of them lie in the basic plane.</summary>
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>Where str.splitlines() ends a line.</summary>
    public static bool IsLineEnd(char c) =>
        c is '\n' or '\r' or '\v' or '\f' or '\x1c' or '\x1d' or '\x1e' or '\x85' or '\u2028' or '\u2029';

    /// <summary>The number of code points; a lone surrogate counts as one.</summary>
    public static int CodePoints(ReadOnlySpan<char> text)
    {
        var at = text.IndexOfAnyInRange('\ud800', '\udbff');
        if (at < 0)
        {
            return text.Length;
        }

        var count = text.Length;
        for (; at + 1 < text.Length; at++)
        {
            if (char.IsHighSurrogate(text[at]) && char.IsLowSurrogate(text[at + 1]))
            {
                count--;
                at++;
            }
        }

        return count;
    }

    /// <summary>UTF-16 units of the code point that starts at <paramref name="at"/>.</summary>
    public static int WidthAt(string text, int at) =>
        char.IsHighSurrogate(text[at]) && at + 1 < text.Length && char.IsLowSurrogate(text[at + 1]) ? 2 : 1;

    /// <summary>The UTF-16 offset of code point number <paramref name="index"/> (or the end).</summary>
    public static int OffsetOf(string text, int index)
    {
        var at = 0;
        while (index-- > 0)
        {
            at += WidthAt(text, at);
        }

        return at;
    }

    /// <summary>Order by code points, which UTF-16 does not give where surrogates meet U+E000 and above.</summary>
    public static int Compare(string a, string b)
    {
        var shared = Math.Min(a.Length, b.Length);
        var at = a.AsSpan(0, shared).CommonPrefixLength(b.AsSpan(0, shared));
        if (at == shared)
        {
            return a.Length.CompareTo(b.Length);
        }

        char x = a[at], y = b[at];
        return char.IsSurrogate(x) == char.IsSurrogate(y) ? x.CompareTo(y) : char.IsSurrogate(x) ? 1 : -1;
    }

    /// <summary>str.strip() and its halves; without characters to strip, white space.</summary>
    public static string Strip(string text, string? characters, bool start, bool end)
    {
        int from = 0, to = text.Length;
        if (characters is null)
        {
            while (start && from < to && IsSpace(text[from]))
            {
                from++;
            }

            while (end && to > from && IsSpace(text[to - 1]))
            {
                to--;
            }

            return text[from..to];
        }

        var set = new HashSet<Rune>();
        foreach (var rune in characters.EnumerateRunes())
        {
            set.Add(rune);
        }

        while (start && from < to && Rune.DecodeFromUtf16(text.AsSpan(from, to - from), out var first, out var width) is var _ && set.Contains(first))
        {
            from += width;
        }

        while (end && to > from && Rune.DecodeLastFromUtf16(text.AsSpan(from, to - from), out var last, out var width) is var _ && set.Contains(last))
        {
            to -= width;
        }

        return text[from..to];
    }

    /// <summary>Lines as str.splitlines() gives them.</summary>
    public static List<string> SplitLines(string text, bool keepEnds)
    {
        var lines = new List<string>();
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            if (!IsLineEnd(text[at]))
            {
                continue;
            }

            var end = at;
            if (text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n')
            {
                at++;
            }

            lines.Add(text[start..(keepEnds ? at + 1 : end)]);
            start = at + 1;
        }

        if (start < text.Length)
        {
            lines.Add(text[start..]);
        }

        return lines;
    }

    /// <summary>Whether repr() shows the code point as it is.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    /// <summary>Whether the character can start an identifier.</summary>
    public static bool IsNameStart(char c) => c == '_' || char.IsLetter(c) || char.GetUnicodeCategory(c) == UnicodeCategory.LetterNumber;

    /// <summary>Whether the character can continue an identifier.</summary>
    public static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || IsNameStart(c) || char.GetUnicodeCategory(c)
        is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;

    /// <summary>A value in a message: short, whatever it holds.</summary>
    public static string Shorten(TemplateValue value) => value switch
    {
        StringValue s => "'" + OneLine(s.Text, 60) + "'",
        IntValue { IsBig: false } i => i.Small.ToString(CultureInfo.InvariantCulture),
        FloatValue f => PythonFloat.Repr(f.Value),
        BoolValue b => b.IsTrue ? "True" : "False",
        NoneValue => "None",
        _ => "a " + value.TypeName,
    };

    /// <summary>Text cut to a length and freed of line ends and control characters, for messages of one line.</summary>
    public static string OneLine(string text, int limit)
    {
        var cut = text.Length > limit;
        var line = new StringBuilder(Math.Min(text.Length, limit) + 3);
        foreach (var c in cut ? text.AsSpan(0, limit) : text)
        {
            line.Append(char.IsControl(c) || IsLineEnd(c) ? ' ' : c);
        }

        return line.Append(cut ? "..." : "").ToString();
    }
}
