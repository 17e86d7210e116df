using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>
/// Upper, lower and title case as Python's str has them: Unicode's full mappings, where .NET's invariant ones map one
/// code point to one (the German sharp s has two capitals, a Greek sigma at a word's end its own small letter).
/// </summary>
internal static class PythonCase
{
    // Unicode's SpecialCasing.txt, unconditional mappings: the letter, then its upper case. In front two letters whose
    // plain mapping .NET leaves out: the dotless i and the long s.
    private static readonly FrozenDictionary<char, string> Upper = Table(
        "\u0131I \u017FS \u00DFSS \u0149\u02BCN \u01F0J\u030C \u0390\u0399\u0308\u0301 \u03B0\u03A5\u0308\u0301 \u0587\u0535\u0552 \u1E96H\u0331 \u1E97T\u0308 "
        + "\u1E98W\u030A \u1E99Y\u030A \u1E9AA\u02BE \u1F50\u03A5\u0313 \u1F52\u03A5\u0313\u0300 \u1F54\u03A5\u0313\u0301 \u1F56\u03A5\u0313\u0342 "
        + "\u1F80\u1F08\u0399 \u1F81\u1F09\u0399 \u1F82\u1F0A\u0399 \u1F83\u1F0B\u0399 \u1F84\u1F0C\u0399 \u1F85\u1F0D\u0399 \u1F86\u1F0E\u0399 "
        + "\u1F87\u1F0F\u0399 \u1F88\u1F08\u0399 \u1F89\u1F09\u0399 \u1F8A\u1F0A\u0399 \u1F8B\u1F0B\u0399 \u1F8C\u1F0C\u0399 \u1F8D\u1F0D\u0399 "
        + "\u1F8E\u1F0E\u0399 \u1F8F\u1F0F\u0399 \u1F90\u1F28\u0399 \u1F91\u1F29\u0399 \u1F92\u1F2A\u0399 \u1F93\u1F2B\u0399 \u1F94\u1F2C\u0399 "
        + "\u1F95\u1F2D\u0399 \u1F96\u1F2E\u0399 \u1F97\u1F2F\u0399 \u1F98\u1F28\u0399 \u1F99\u1F29\u0399 \u1F9A\u1F2A\u0399 \u1F9B\u1F2B\u0399 "
        + "\u1F9C\u1F2C\u0399 \u1F9D\u1F2D\u0399 \u1F9E\u1F2E\u0399 \u1F9F\u1F2F\u0399 \u1FA0\u1F68\u0399 \u1FA1\u1F69\u0399 \u1FA2\u1F6A\u0399 "
        + "\u1FA3\u1F6B\u0399 \u1FA4\u1F6C\u0399 \u1FA5\u1F6D\u0399 \u1FA6\u1F6E\u0399 \u1FA7\u1F6F\u0399 \u1FA8\u1F68\u0399 \u1FA9\u1F69\u0399 "
        + "\u1FAA\u1F6A\u0399 \u1FAB\u1F6B\u0399 \u1FAC\u1F6C\u0399 \u1FAD\u1F6D\u0399 \u1FAE\u1F6E\u0399 \u1FAF\u1F6F\u0399 \u1FB2\u1FBA\u0399 "
        + "\u1FB3\u0391\u0399 \u1FB4\u0386\u0399 \u1FB6\u0391\u0342 \u1FB7\u0391\u0342\u0399 \u1FBC\u0391\u0399 \u1FC2\u1FCA\u0399 \u1FC3\u0397\u0399 "
        + "\u1FC4\u0389\u0399 \u1FC6\u0397\u0342 \u1FC7\u0397\u0342\u0399 \u1FCC\u0397\u0399 \u1FD2\u0399\u0308\u0300 \u1FD3\u0399\u0308\u0301 "
        + "\u1FD6\u0399\u0342 \u1FD7\u0399\u0308\u0342 \u1FE2\u03A5\u0308\u0300 \u1FE3\u03A5\u0308\u0301 \u1FE4\u03A1\u0313 \u1FE6\u03A5\u0342 "
        + "\u1FE7\u03A5\u0308\u0342 \u1FF2\u1FFA\u0399 \u1FF3\u03A9\u0399 \u1FF4\u038F\u0399 \u1FF6\u03A9\u0342 \u1FF7\u03A9\u0342\u0399 "
        + "\u1FFC\u03A9\u0399 \uFB00FF \uFB01FI \uFB02FL \uFB03FFI \uFB04FFL \uFB05ST \uFB06ST \uFB13\u0544\u0546 \uFB14\u0544\u0535 "
        + "\uFB15\u0544\u053B \uFB16\u054E\u0546 \uFB17\u0544\u053D");

    // Where the title case is not the upper case; Georgian letters, which stay as they are, follow by range.
    private static readonly FrozenDictionary<char, string> Title = Table(
        "\u00DFSs \u01C4\u01C5 \u01C5\u01C5 \u01C6\u01C5 \u01C7\u01C8 \u01C8\u01C8 \u01C9\u01C8 \u01CA\u01CB \u01CB\u01CB \u01CC\u01CB \u01F1\u01F2 "
        + "\u01F2\u01F2 \u01F3\u01F2 \u0587\u0535\u0582 \u1F80\u1F88 \u1F81\u1F89 \u1F82\u1F8A \u1F83\u1F8B \u1F84\u1F8C \u1F85\u1F8D \u1F86\u1F8E "
        + "\u1F87\u1F8F \u1F88\u1F88 \u1F89\u1F89 \u1F8A\u1F8A \u1F8B\u1F8B \u1F8C\u1F8C \u1F8D\u1F8D \u1F8E\u1F8E \u1F8F\u1F8F \u1F90\u1F98 "
        + "\u1F91\u1F99 \u1F92\u1F9A \u1F93\u1F9B \u1F94\u1F9C \u1F95\u1F9D \u1F96\u1F9E \u1F97\u1F9F \u1F98\u1F98 \u1F99\u1F99 \u1F9A\u1F9A "
        + "\u1F9B\u1F9B \u1F9C\u1F9C \u1F9D\u1F9D \u1F9E\u1F9E \u1F9F\u1F9F \u1FA0\u1FA8 \u1FA1\u1FA9 \u1FA2\u1FAA \u1FA3\u1FAB \u1FA4\u1FAC "
        + "\u1FA5\u1FAD \u1FA6\u1FAE \u1FA7\u1FAF \u1FA8\u1FA8 \u1FA9\u1FA9 \u1FAA\u1FAA \u1FAB\u1FAB \u1FAC\u1FAC \u1FAD\u1FAD \u1FAE\u1FAE "
        + "\u1FAF\u1FAF \u1FB2\u1FBA\u0345 \u1FB3\u1FBC \u1FB4\u0386\u0345 \u1FB7\u0391\u0342\u0345 \u1FBC\u1FBC \u1FC2\u1FCA\u0345 \u1FC3\u1FCC "
        + "\u1FC4\u0389\u0345 \u1FC7\u0397\u0342\u0345 \u1FCC\u1FCC \u1FF2\u1FFA\u0345 \u1FF3\u1FFC \u1FF4\u038F\u0345 \u1FF7\u03A9\u0342\u0345 "
        + "\u1FFC\u1FFC \uFB00Ff \uFB01Fi \uFB02Fl \uFB03Ffi \uFB04Ffl \uFB05St \uFB06St \uFB13\u0544\u0576 \uFB14\u0544\u0565 \uFB15\u0544\u056B "
        + "\uFB16\u054E\u0576 \uFB17\u0544\u056D");

    public static string ToUpper(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToUpperInvariant();
        }

        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            AppendUpper(result, rune);
        }

        return result.ToString();
    }

    public static string ToLower(string text)
    {
        if (Ascii.IsValid(text))
        {
            return text.ToLowerInvariant();
        }

        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            AppendLower(result, rune, text, at);
            at += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>First character in title case, the rest in lower case.</summary>
    public static string Capitalize(string text)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (at == 0)
            {
                AppendTitle(result, rune);
            }
            else
            {
                AppendLower(result, rune, text, at);
            }

            at += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>str.title(): a letter after something without case starts a word.</summary>
    public static string ToTitle(string text)
    {
        var result = new StringBuilder(text.Length);
        var inWord = false;
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (inWord)
            {
                AppendLower(result, rune, text, at);
            }
            else
            {
                AppendTitle(result, rune);
            }

            inWord = IsCased(rune);
            at += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>str.casefold(): lower case of upper case, but for the letters whose folding (CaseFolding.txt) is another.</summary>
    public static string Fold(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            // The dotless i stays, and Cherokee folds to its capitals.
            var upper = new StringBuilder();
            AppendUpper(upper, rune);
            var capital = upper.ToString();
            if (rune.Value == 0x131 || (capital.Length == 1 && capital[0] is >= '\u13A0' and <= '\u13F5'))
            {
                result.Append(rune.Value == 0x131 ? "\u0131" : capital);
                continue;
            }

            foreach (var part in capital.EnumerateRunes())
            {
                // Alone, so that no sigma is a final one.
                AppendLower(result, part, part.ToString(), 0);
            }
        }

        return result.ToString();
    }

    public static string SwapCase(string text)
    {
        var result = new StringBuilder(text.Length);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsUpper(rune))
            {
                AppendLower(result, rune, text, at);
            }
            else if (IsLower(rune))
            {
                AppendUpper(result, rune);
            }
            else
            {
                result.Append(rune);
            }

            at += rune.Utf16SequenceLength;
        }

        return result.ToString();
    }

    /// <summary>str.isupper(): something has case, and nothing is in lower or title case.</summary>
    public static bool IsUpper(string text) => HasOnly(text, IsUpper);

    /// <summary>str.islower(): something has case, and nothing is in upper or title case.</summary>
    public static bool IsLower(string text) => HasOnly(text, IsLower);

    /// <summary>str.istitle(): capitals only at the start of words, and at least one word.</summary>
    public static bool IsTitle(string text)
    {
        bool inWord = false, any = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (IsUpper(rune) || IsTitle(rune))
            {
                if (inWord)
                {
                    return false;
                }

                inWord = any = true;
            }
            else if (IsLower(rune))
            {
                if (!inWord)
                {
                    return false;
                }

                any = true;
            }
            else
            {
                inWord = false;
            }
        }

        return any;
    }

    private static bool HasOnly(string text, Func<Rune, bool> wanted)
    {
        var any = false;
        foreach (var rune in text.EnumerateRunes())
        {
            if (wanted(rune))
            {
                any = true;
            }
            else if (IsUpper(rune) || IsLower(rune) || IsTitle(rune))
            {
                return false;
            }
        }

        return any;
    }

    private static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || IsTitle(rune);

    // Unicode's Uppercase and Lowercase: the letters, and Other_Uppercase and Other_Lowercase.
    private static bool IsUpper(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.UppercaseLetter
        || rune.Value is (>= 0x2160 and <= 0x216f) or (>= 0x24b6 and <= 0x24cf) or (>= 0x1f130 and <= 0x1f149)
            or (>= 0x1f150 and <= 0x1f169) or (>= 0x1f170 and <= 0x1f189);

    private static bool IsLower(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.LowercaseLetter
        || rune.Value is 0xaa or 0xba or (>= 0x2b0 and <= 0x2b8) or 0x2c0 or 0x2c1 or (>= 0x2e0 and <= 0x2e4) or 0x345 or 0x37a
            or (>= 0x1d2c and <= 0x1d6a) or 0x1d78 or (>= 0x1d9b and <= 0x1dbf) or 0x2071 or 0x207f or (>= 0x2090 and <= 0x209c)
            or (>= 0x2170 and <= 0x217f) or (>= 0x24d0 and <= 0x24e9) or 0x2c7c or 0x2c7d or 0xa69c or 0xa69d or 0xa770
            or 0xa7f8 or 0xa7f9 or (>= 0xab5c and <= 0xab5f);

    private static bool IsTitle(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    private static void AppendUpper(StringBuilder result, Rune rune)
    {
        if (rune.IsBmp && Upper.TryGetValue((char)rune.Value, out var special))
        {
            result.Append(special);
        }
        else
        {
            result.Append(Rune.ToUpperInvariant(rune).ToString());
        }
    }

    private static void AppendTitle(StringBuilder result, Rune rune)
    {
        if (rune.IsBmp && Title.TryGetValue((char)rune.Value, out var special))
        {
            result.Append(special);
        }
        else if (rune.Value is (>= 0x10d0 and <= 0x10fa) or (>= 0x10fd and <= 0x10ff))
        {
            result.Append((char)rune.Value);
        }
        else
        {
            AppendUpper(result, rune);
        }
    }

    private static void AppendLower(StringBuilder result, Rune rune, string text, int at)
    {
        switch (rune.Value)
        {
            case 0x130:
                result.Append("i\u0307");
                break;
            case 0x3a3:
                result.Append(IsFinalSigma(text, at) ? 'ς' : 'σ');
                break;
            default:
                result.Append(Rune.ToLowerInvariant(rune).ToString());
                break;
        }
    }

    // Unicode's Final_Sigma: a cased letter before, none after, what has no case and joins words left aside.
    private static bool IsFinalSigma(string text, int at)
    {
        var before = at;
        var cased = false;
        while (before > 0)
        {
            Rune.DecodeLastFromUtf16(text.AsSpan(0, before), out var rune, out var width);
            before -= width;
            if (!IsCaseIgnorable(rune))
            {
                cased = IsCased(rune);
                break;
            }
        }

        if (!cased)
        {
            return false;
        }

        var after = at + 1;
        while (after < text.Length)
        {
            Rune.DecodeFromUtf16(text.AsSpan(after), out var rune, out var width);
            after += width;
            if (!IsCaseIgnorable(rune))
            {
                return !IsCased(rune);
            }
        }

        return true;
    }

    private static bool IsCaseIgnorable(Rune rune) => rune.Value is '\'' or '.' or ':' or 0xb7 or 0x2018 or 0x2019 or 0x2024 or 0x2027
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static FrozenDictionary<char, string> Table(string pairs) =>
        pairs.Split(' ').ToFrozenDictionary(pair => pair[0], pair => pair[1..]);
}
