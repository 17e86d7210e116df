using System.Text;
using Colibri.Generation.Constraints;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class ConstraintFuzzTests
{
    private static readonly string[] Gbnf =
    [
        "root", " ::= ", "\n", "\"a\"", "\"b c\"", "[a-z]", "[^x]", "(", ")", " | ", "*", "+", "?", "{2}", "{1,3}", "{0,}", " x ", "x ::= ", "y ::= ", " y ", "#c\n", ".", "\\", "\"",
        "root ::= x y\nx ::= \"a\" y | \"\"\ny ::= [0-9]+ | \"(\" x \")\"\n",
    ];

    private static readonly string[] Schema =
    [
        "{", "}", "[", "]", ",", ":", "\"type\":", "\"object\"", "\"string\"", "\"integer\"", "\"properties\":{\"a\":{}}", "\"items\":{}", "\"minimum\":", "1", "-3.5", "\"pattern\":", "\"^a+$\"",
        "\"enum\":[1,\"x\"]", "\"$ref\":", "\"#\"", "\"anyOf\":[{},{\"type\":\"null\"}]", "true", "\"required\":[\"a\"]", "\"maxItems\":3", "\"minLength\":2",
    ];

    private static readonly string[] Regexes = ["a", "b", "(", ")", "|", "*", "+", "?", "{2,3}", "[", "]", "^", "$", "\\d", "\\", "-", ".", "(?:", "\\p{L}", "é"];

    [Fact]
    public void Constraints_OfRandomText_WorkOrAreRefused()
    {
        var worked = 0;
        for (var seed = 0; seed < 6000; seed++)
        {
            var random = new Random(seed);
            var pieces = (seed % 3) switch { 0 => Gbnf, 1 => Schema, _ => Regexes };
            var text = new StringBuilder((seed % 3) switch { 0 => "root ::= ", 1 => "{", _ => "" });
            for (var i = random.Next(seed % 3 == 1 ? 10 : 16); i >= 0; i--)
            {
                text.Append(pieces[random.Next(pieces.Length)]);
                if (seed % 3 == 1 && random.Next(2) == 0)
                {
                    text.Append(',');
                }
            }

            var written = seed % 3 == 1 ? text.ToString().TrimEnd(',') + "}" : text.ToString();
            try
            {
                var constraint = (seed % 3) switch
                {
                    0 => TextConstraint.FromGrammar(written),
                    1 => TextConstraint.FromJsonSchema(written),
                    _ => TextConstraint.FromRegex(written),
                };
                Walk(constraint, random);
                worked++;
            }
            catch (InputException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }

        Assert.True(worked > 200, $"{worked} worked");
    }

    // Any way taken stays open: there is a next byte, or the text may end.
    private static void Walk(TextConstraint constraint, Random random)
    {
        var states = new GrammarStates(constraint.Automaton);
        var state = states.Start;
        for (var i = 0; i < 60; i++)
        {
            var next = Enumerable.Range(0, 256).Select(b => states.Step(state, (byte)b)).OfType<GrammarState>().ToList();
            Assert.True(next.Count > 0 || state.Accepting);
            if (next.Count == 0)
            {
                return;
            }

            state = next[random.Next(next.Count)];
        }
    }
}
