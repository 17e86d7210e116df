using System.Text.RegularExpressions;
using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class RegexParserTests
{
    public static TheoryData<string> Expressions { get; } =
    [
        "abc", "a|b|cd", "(a|b)*c", "a{2,3}b?", "[a-c]+[^a-c]", "\\d{2}-\\w+", "\\s*x\\S", "(?:ab)+?c", "(?<name>a)b", "^ab$", "^a|b$",
        "a.c", "[\\w.-]+@[a-z]+", "\\u0061\\x62", "[é-ü]+", "(a*)*b", "", "a||b", "()", "\\.\\*\\[\\]", "[\\]\\-a]", "[a-]", "[-a]", "\\D\\W",
        "(a?){5}b", "-", "\\p{L}+", "\\P{L}", "[\\p{Lu}\\d]+", "\\/", "a{0}b", "[^\\n]b",
    ];

    [Theory]
    [MemberData(nameof(Expressions))]
    public void FromRegex_AgreesWithTheReference(string expression)
    {
        var constraint = TextConstraint.FromRegex(expression);
        var options = expression.Contains("\\p", StringComparison.OrdinalIgnoreCase) ? RegexOptions.None : RegexOptions.ECMAScript;
        var reference = new Regex($"^(?:{expression})(?!\n)$", options);
        var random = new Random(expression.Length);
        string[] pieces = ["a", "b", "c", "ab", "abc", "d", "1", "42", "-", "_", " ", "x", "é", "Z", ".", "@", "*", "[", "]", "/", "\n", "ü"];
        var matches = 0;
        for (var i = 0; i < 3000; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(6)).Select(_ => pieces[random.Next(pieces.Length)]));
            Assert.True(reference.IsMatch(text) == constraint.Matches(text), $"{expression} on '{text}'");
            matches += constraint.Matches(text) ? 1 : 0;
        }

        Assert.True(matches > 0 || expression is "\\d{2}-\\w+" or "\\.\\*\\[\\]" or "\\u0061\\x62");
    }

    [Theory]
    [InlineData("a(", "')' is expected")]
    [InlineData("a)", "closes no group")]
    [InlineData("[a", "too early")]
    [InlineData("*a", "nothing before it")]
    [InlineData("a**", "repeated")]
    [InlineData("a*+", "possessive")]
    [InlineData("a{2,1}", "wrong order")]
    [InlineData("(?=a)", "look-ahead")]
    [InlineData("(?!a)", "look-ahead")]
    [InlineData("(?<=a)b", "look-behind")]
    [InlineData("(?<!a)b", "look-behind")]
    [InlineData("(?>a)", "atomic")]
    [InlineData("(?i)a", "options")]
    [InlineData("(a)\\1", "back reference")]
    [InlineData("\\bword\\b", "\\b")]
    [InlineData("a^b", "'^'")]
    [InlineData("(a$)b", "'$'")]
    [InlineData("[z-a]", "in order")]
    [InlineData("\\p{Nonsense}", "Nonsense")]
    [InlineData("\\q", "\\q")]
    [InlineData("[[:alpha:]]", "[:")]
    [InlineData("[a-z-[b]]", "-[")]
    [InlineData("[]", "empty")]
    [InlineData("a]", "']'")]
    public void FromRegex_WhatIsNotHeld_IsNamed(string expression, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => TextConstraint.FromRegex(expression)).Message, StringComparison.Ordinal);
}
