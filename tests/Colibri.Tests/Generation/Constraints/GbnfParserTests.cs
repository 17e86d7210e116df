using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class GbnfParserTests
{
    [Theory]
    [InlineData("root ::= \"ab\" | \"c\"", "ab,c", "a,abc,,bc")]
    [InlineData("root ::= [a-c]+ [^a-c]?", "a,abc,abcd,ax,aé", "d,axx,")]
    [InlineData("root ::= \"a\"{2} \"b\"{1,3} \"c\"{0,} # end", "aab,aabbb,aabccc", "ab,aabbbb,aa")]
    [InlineData("root ::= \"(\" root \")\" root | \"\"", "(),(()),()(),,((())())", "(,)(,(()")]
    [InlineData("root ::= (\n  \"a\" |\n  # remark\n  item )*\nitem ::= \"b\" \"c\"", "aabc,bc,", "b,cb")]
    [InlineData("root ::=\n  \"x\" |\n  \"y\"\n", "x,y", "xy")]
    [InlineData("root ::= \"\\x41\\u00e9\\U0001F600\\n\\\"\\\\\"", "Aé😀\n\"\\", "A")]
    [InlineData("root ::= . . \"!\"", "ab!,é😀!,\n\n!", "a!,abc!")]
    [InlineData("root ::= [\\]\\-x]+", "]-x", "y")]
    [InlineData("root ::= [a-]+", "a-a", "b")]
    [InlineData("root ::= empty \"a\" empty b\nempty ::= \"\" | \" \"\nb ::= empty empty \"b\"", "ab, a b,a  b,a   b", "a    b,b")]
    [InlineData("root ::= \"a\" loop | \"b\"\nloop ::= \"x\" loop", "b", "a,ax")]
    [InlineData("root ::= x x x\nx ::= \"a\" | \"aa\" | \"\"", "a,aaaaaa,", "aaaaaaa")]
    [InlineData("root ::= \"x\" root a | \"x\" root b | \"\"\na ::= \"a\" | \"\"\nb ::= \"b\" | \"\"", "xxxxxxxxxxab,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxabab", "xaa,ax")]
    public void FromGrammar_Texts_MatchOrNot(string grammar, string matching, string others)
    {
        var constraint = TextConstraint.FromGrammar(grammar);
        Assert.All(matching.Split(','), text => Assert.True(constraint.Matches(text), text));
        Assert.All(others.Split(','), text => Assert.False(constraint.Matches(text), text));
    }

    [Theory]
    [InlineData("", "'root'")]
    [InlineData("a ::= \"x\"", "'root'")]
    [InlineData("root ::= other", "'other' is used but not defined")]
    [InlineData("root ::= \"a", "line 1, column 12: it ends too early")]
    [InlineData("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 1: rule 'root' is defined twice")]
    [InlineData("root ::= (\"a\"", "')' is expected")]
    [InlineData("root ::= \"a\" )", "')' is not expected")]
    [InlineData("root = \"a\"", "'::='")]
    [InlineData("root ::= [b-a]", "wrong order")]
    [InlineData("root ::= \"a\"{3,2}", "wrong order")]
    [InlineData("root ::= \"a\"{x}", "{m,n}")]
    [InlineData("root ::= \"a\"{99999999}", "too large")]
    [InlineData("root ::= ((\"a\"{1000}){1000}){1000}", "too large")]
    [InlineData("root ::= \"\\q\"", "escape is not known")]
    [InlineData("root ::= \"\\ud800\"", "U+D800")]
    [InlineData("root ::= <think> \"a\"", "tokens by name")]
    [InlineData("root ::= root \"a\" | \"a\"", "left recursion")]
    [InlineData("root ::= \"a\" b\nb ::= \"\" c \"x\"\nc ::= \"y\"? b | \"z\"", "left recursion")]
    [InlineData("root ::= \"a\" root", "never ends")]
    [InlineData("root ::= []", "never ends")]
    public void FromGrammar_Faults_AreNamed(string grammar, string message) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => TextConstraint.FromGrammar(grammar)).Message, StringComparison.Ordinal);

    [Fact]
    public void FromGrammar_DeepNesting_IsAnErrorAndNoCrash()
    {
        var groups = "root ::= " + new string('(', 100_000) + "\"a\"" + new string(')', 100_000);
        Assert.Contains("nested", Assert.Throws<InputException>(() => TextConstraint.FromGrammar(groups)).Message, StringComparison.Ordinal);
        var signs = "root ::= \"a\"" + new string('?', 100_000);
        Assert.Contains("nested", Assert.Throws<InputException>(() => TextConstraint.FromGrammar(signs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromGrammar_LongChainsOfRules_Work()
    {
        var rules = Enumerable.Range(0, 10_000).Select(i => $"r{i} ::= r{i + 1} | \"{i % 10}\"");
        var constraint = TextConstraint.FromGrammar("root ::= r0\n" + string.Join('\n', rules) + "\nr10000 ::= \"x\"?");
        Assert.True(constraint.Matches("7"));
        Assert.True(constraint.Matches(""));
        Assert.False(constraint.Matches("y"));
    }

    [Fact]
    public void Matches_AmbiguousGrammars_TakeNoExponentialTime()
    {
        var twice = TextConstraint.FromGrammar("root ::= \"a\" root root | \"\"");
        Assert.True(twice.Matches(new string('a', 150)));
        var nested = TextConstraint.FromGrammar("root ::= ((\"a\"*)*)*  \"b\"");
        Assert.True(nested.Matches(new string('a', 5000) + "b"));
        var deep = TextConstraint.FromGrammar("root ::= \"(\" root \")\" | \"\"");
        Assert.True(deep.Matches(new string('(', 5000) + new string(')', 5000)));
        Assert.False(deep.Matches(new string('(', 5000) + new string(')', 4999)));
    }
}
