using Colibri.Text.Templates;
using Xunit;

namespace Colibri.Tests.Text.Templates;

/// <summary>
/// Over a thousand templates of our own, one feature or oddity each, against what jinja2 itself rendered
/// (Golden/make_golden.py).
/// </summary>
public sealed class TemplateGoldenTests
{
    public static TheoryData<int> Blocks()
    {
        using var golden = TemplateCases.Golden();
        var count = golden.RootElement.GetProperty("cases").GetArrayLength();
        var blocks = new TheoryData<int>();
        for (var start = 0; start < count; start += 100)
        {
            blocks.Add(start);
        }

        return blocks;
    }

    [Theory]
    [MemberData(nameof(Blocks))]
    public void Render_GoldenCases_EqualsJinja2(int start)
    {
        using var golden = TemplateCases.Golden();
        var variables = golden.RootElement.GetProperty("variables");
        var differences = new List<string>();
        var seen = 0;
        foreach (var test in golden.RootElement.GetProperty("cases").EnumerateArray().Skip(start).Take(100))
        {
            seen++;
            var template = test.GetProperty("template").GetString()!;
            var expected = test.TryGetProperty("output", out var output) ? output.GetString() : null;
            string? actual;
            try
            {
                actual = TemplateCases.Render(template, variables);
            }
            catch (InputException fault)
            {
                actual = expected is null ? null : fault.Message;
            }

            if (actual != expected)
            {
                differences.Add($"{template}\n  expected {expected ?? test.GetProperty("raises").GetString()}\n  found    {actual}");
            }
        }

        Assert.True(seen > 0);
        Assert.True(differences.Count == 0, string.Join('\n', differences));
    }

    [Fact]
    public void Render_RaisedExceptions_CarryTheTemplatesMessage()
    {
        using var golden = TemplateCases.Golden();
        var variables = golden.RootElement.GetProperty("variables");
        var raised = 0;
        foreach (var test in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            // UndefinedError as well: our words for what was missing are the reference's.
            if (!test.TryGetProperty("raises", out var raises))
            {
                continue;
            }

            var (kind, message) = raises.GetString()!.Split(": ", 2) is [var k, var m] ? (k, m) : ("", "");
            if (kind is "TemplateError" or "UndefinedError")
            {
                raised++;
                var fault = Assert.Throws<InputException>(() => TemplateCases.Render(test.GetProperty("template").GetString()!, variables));
                Assert.EndsWith(message, fault.Message, StringComparison.Ordinal);
            }
        }

        Assert.True(raised >= 15, $"only {raised} cases");
    }

    [Fact]
    public void Parse_GoldenTemplates_HoldNoUnknownVariables()
    {
        Assert.Equal(["messages", "x"], ChatTemplate.Parse("{% for m in messages %}{{ m ~ x }}{% endfor %}", "t").Variables.Order());
    }
}
