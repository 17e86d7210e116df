using System.Text;
using System.Text.RegularExpressions;
using Colibri.Text.Patterns;
using Xunit;

namespace Colibri.Tests.Text.Patterns;

public class PatternTests
{
    // One alphabet for all: letters of several kinds and widths, digits, spaces, line ends, marks, symbols.
    private static readonly string[] Alphabet =
        ["a", "b", "B", "s", "S", "t", "ll", "é", "Ж", "中", "ー", "1", "22", "٣", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "'", "'s", "!", "_", "-", "\u0301", "$"];

    [Theory]
    [InlineData(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    [InlineData(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")]
    [InlineData(@"(a|b)*?B|(?:a+)+$|\s{2,}")]
    [InlineData(@"(?<=a)b|(?<!\s)1+|\Bs")]
    [InlineData(@"a{2,3}?|b{1,}|(?>a|ab)B|[a-c-[b]]?1")]
    [InlineData(@"(?:a|b|ab)*1|(?=\d+')\d|.")]
    [InlineData(@"(?=(?:a|b)+1)a|\bS*\b|")]
    [InlineData(@"(?:\s*|a?)*1")]
    public void Matches_PatternsBothKnow_AreThoseOfTheRuntime(string pattern)
    {
        // .NET subtracts classes where Oniguruma nests them; apart from that these mean the same to both.
        var ours = Pattern.Compile(pattern.Replace("[a-c-[b]]", "[a-c&&[^b]]", StringComparison.Ordinal));
        var theirs = new Regex(pattern.Replace("$", "(?=\n|\\z)", StringComparison.Ordinal), RegexOptions.CultureInvariant);
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));
            // The runtime counts U+200C and U+200D only sometimes as word characters, and the text has none of them.
            Assert.Equal(Runtime(theirs, text), Ours(ours, text));
        }
    }

    [Theory]
    [InlineData(@"\p{Han}+", "ab中文ー漢c", "中文|漢")]
    [InlineData(@"[[:alpha:]]+|[^[:space:]a-z]", "ab1 c", "ab|1|c")]
    [InlineData(@"[a-z&&[^aeiou]]+", "banana", "b|n|n")]
    [InlineData(@"\p{^L}+", "a12b", "12")]
    [InlineData(@"\P{L}+", "a12b", "12")]
    [InlineData(@"\h+", "xyzABCdef", "ABCdef")]
    [InlineData(@"^b$", "a\nb\nc", "b")]
    [InlineData(@"(?m:a.b)", "a\nb", "a\nb")]
    [InlineData(@"\x{1F600}|\u00e9", "é😀", "é|😀")]
    [InlineData(@"[\x{1F600}-\x{1F64F}]+", "😀😁x😂", "😀😁|😂")]
    [InlineData(@"(?i:k)+", "kK\u212A", "kK\u212A")]
    [InlineData(@"(?i)straße|x", "STRAßE X", "STRAßE|X")]
    [InlineData(@"a++b|a", "aaab aac", "aaab|a|a")]
    [InlineData(@"\p{N}{1,2}+", "12345", "12345")]
    [InlineData(@"(?x) a b # comment
 c", "abc", "abc")]
    [InlineData(@"]a", "]a", "]a")]
    [InlineData(@"[]a]+", "a]b", "a]")]
    [InlineData(@"a{,2}", "aaa", "aa|a")]
    [InlineData(@"a{x}", "a{x}", "a{x}")]
    [InlineData(@"\Aa|b\z", "aab", "a|b")]
    public void Matches_OnigurumaSyntax_Work(string pattern, string text, string expected) =>
        Assert.Equal(expected, string.Join('|', Texts(Pattern.Compile(pattern), text)));

    [Fact]
    public void Matches_CountThenPlus_IsPossessiveInRustOnly()
    {
        Assert.Equal(["12", "34", "5"], Texts(Pattern.Compile(@"\p{N}{1,2}+", PatternDialect.Rust), "12345"));
        Assert.Equal(["12345"], Texts(Pattern.Compile(@"\p{N}{1,2}+"), "12345"));
        Assert.Equal(["c"], Texts(Pattern.Compile("^c", PatternDialect.Rust), "c\nc"));
    }

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData("a{3,2}")]
    [InlineData(@"(a)\1")]
    [InlineData(@"\p{Klingon}")]
    [InlineData("[z-a]")]
    [InlineData(@"\")]
    [InlineData(@"(?<=a*)b")]
    [InlineData("a{999999}")]
    [InlineData("(?:(?:(?:a{999}){999}){999})")]
    [InlineData(@"\x{110000}")]
    [InlineData("(?q:a)")]
    public void Compile_FaultyOrUnknown_IsRefused(string pattern) => Assert.Throws<InputException>(() => Pattern.Compile(pattern));

    [Fact]
    public void Compile_DeepNesting_IsRefused() =>
        Assert.Throws<InputException>(() => Pattern.Compile(new string('(', 100_000) + new string(')', 100_000)));

    [Theory]
    [InlineData(@"(?:a|a)*b", "a")]
    [InlineData(@"(?:a|aa)+$", "a")]
    [InlineData(@"\s*[\r\n]+|\s+(?!\S)|\s+", " ")]
    [InlineData(@"\d{1,3}(?=(?:\d{3})*\b)", "7")]
    [InlineData(@"(?=(\d{3})+(?!\d))", "7")]
    public void Matches_PatternsThatRunAwayElsewhere_EndOnLongTexts(string pattern, string character)
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(character, 200_000)) + "!");
        var matches = Pattern.Compile(pattern).In(text);
        var covered = 0;
        while (matches.MoveNext())
        {
            Assert.True(matches.Start >= covered);
            covered = matches.End;
        }
    }

    [Theory]
    [InlineData("(?>(a|aa)+b|(a|aa)+c)")]
    [InlineData("(a+)+b")]
    [InlineData("(a*a*)*x")]
    public void Matches_TooManySteps_IsAnError(string pattern) =>
        Assert.Throws<InputException>(() => Texts(Pattern.Compile(pattern), new string('a', 20_000)));

    private static List<string> Texts(Pattern pattern, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var found = new List<string>();
        var matches = pattern.In(bytes);
        while (matches.MoveNext())
        {
            found.Add(Encoding.UTF8.GetString(bytes[matches.Start..matches.End]));
        }

        return found;
    }

    private static string Ours(Pattern pattern, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var found = new StringBuilder(text).Append(':');
        var matches = pattern.In(bytes);
        while (matches.MoveNext())
        {
            if (matches.End > matches.Start)
            {
                found.Append(Encoding.UTF8.GetCharCount(bytes, 0, matches.Start)).Append('-').Append(Encoding.UTF8.GetCharCount(bytes, 0, matches.End)).Append(' ');
            }
        }

        return found.ToString();
    }

    private static string Runtime(Regex regex, string text)
    {
        var found = new StringBuilder(text).Append(':');
        foreach (var match in regex.Matches(text).Where(m => m.Length > 0))
        {
            found.Append(match.Index).Append('-').Append(match.Index + match.Length).Append(' ');
        }

        return found.ToString();
    }
}
