using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Colibri.Generation;
using Colibri.Generation.Constraints;
using Colibri.TestData;
using Xunit;

namespace Colibri.Tests.Generation.Constraints;

public class ConstrainedGenerationTests
{
    [Fact]
    public async Task Generate_WithAConstraint_AlwaysMatches()
    {
        using var model = TextModel.Load(SharedData.Starter);
        (TextConstraint Constraint, Action<string> Check)[] cases =
        [
            (TextConstraint.FromJsonSchema("""{"type":"object","properties":{"name":{"type":"string","maxLength":12},"age":{"type":"integer","minimum":3,"maximum":110},"kind":{"enum":["cat","dog"]}},"required":["name","age","kind"]}"""),
                text =>
                {
                    using var json = JsonDocument.Parse(text);
                    Assert.Equal(["name", "age", "kind"], json.RootElement.EnumerateObject().Select(p => p.Name));
                    Assert.InRange(json.RootElement.GetProperty("name").GetString()!.EnumerateRunes().Count(), 0, 12);
                    Assert.InRange(json.RootElement.GetProperty("age").GetInt32(), 3, 110);
                    Assert.Contains(json.RootElement.GetProperty("kind").GetString(), new[] { "cat", "dog" });
                }),
            (TextConstraint.FromJsonSchema("""{"type":"array","items":{"type":"number","exclusiveMinimum":-1,"maximum":1.5},"minItems":2,"maxItems":4}"""),
                text =>
                {
                    using var json = JsonDocument.Parse(text);
                    Assert.InRange(json.RootElement.GetArrayLength(), 2, 4);
                    Assert.All(json.RootElement.EnumerateArray(), n => Assert.True(n.GetDouble() is > -1 and <= 1.5, text));
                }),
            (TextConstraint.FromJsonSchema("""{"properties":{"when":{"format":"date-time"},"code":{"pattern":"^[A-Z]{2}\\d+$"}},"required":["when","code"]}"""),
                text =>
                {
                    using var json = JsonDocument.Parse(text);
                    Assert.True(json.RootElement.GetProperty("when").TryGetDateTimeOffset(out _) || text.Contains("\"0000", StringComparison.Ordinal) || Regex.IsMatch(text, "[+-](1[4-9]|2)"), text);
                    Assert.Matches("^[A-Z]{2}[0-9]+$", json.RootElement.GetProperty("code").GetString());
                }),
            (TextConstraint.Json, text => JsonDocument.Parse(text).Dispose()),
            (TextConstraint.FromRegex("(red|green|blue)( [a-z]{1,8}){2}[.!]"), text => Assert.Matches("^(red|green|blue)( [a-z]{1,8}){2}[.!]$", text)),
            (TextConstraint.FromRegex(" one"), text => Assert.Equal(" one", text)),
        ];
        var finished = 0;
        foreach (var (constraint, check) in cases)
        {
            for (ulong seed = 0; seed < 5; seed++)
            {
                var sampling = new SamplingOptions { Constraint = constraint, Temperature = 50, TopK = 0, TopP = 1, MinP = 0, Seed = seed, MaximumTokens = 80, IgnoreEndOfText = seed % 2 == 1 };
                var (text, finish) = await Write(model, sampling);
                if (finish == FinishReason.Stop)
                {
                    Assert.True(constraint.Matches(text), text);
                    check(text);
                    finished++;
                }
            }
        }

        Assert.InRange(finished, 18, 30);
    }

    [Fact]
    public async Task Generate_Greedy_TakesTheLikeliestOfWhatMatches()
    {
        using var model = TextModel.Load(SharedData.Starter);
        var constraint = TextConstraint.FromRegex("(yes|no), (he|she|it) (was|is) [a-z]{2,10}\\.");
        var (first, finish) = await Write(model, SamplingOptions.Greedy with { Constraint = constraint });
        Assert.Equal(FinishReason.Stop, finish);
        Assert.True(constraint.Matches(first), first);
        Assert.Equal(first, (await Write(model, SamplingOptions.Greedy with { Constraint = constraint, RepetitionPenalty = 1 })).Text);
    }

    [Fact]
    public async Task Generate_OnlyTheEmptyText_EndsAtOnce()
    {
        using var model = TextModel.Load(SharedData.Starter);
        var (text, finish) = await Write(model, SamplingOptions.Greedy with { Constraint = TextConstraint.FromRegex("") });
        Assert.Equal("", text);
        Assert.Equal(FinishReason.Stop, finish);
    }

    private static async Task<(string Text, FinishReason? Finish)> Write(TextModel model, SamplingOptions sampling)
    {
        var text = new StringBuilder();
        FinishReason? finish = null;
        await foreach (var token in model.Generate("Once upon a time", sampling))
        {
            text.Append(token.Text);
            finish = token.Finish;
        }

        return (text.ToString(), finish);
    }
}
