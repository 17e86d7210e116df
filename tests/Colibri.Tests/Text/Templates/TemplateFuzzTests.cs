using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Colibri.Text.Templates;
using Xunit;

namespace Colibri.Tests.Text.Templates;

/// <summary>Broken templates give an output or a clear error: no crash, no hang, whatever was broken.</summary>
public sealed class TemplateFuzzTests
{
    private const int PerSeed = 500;

    // Pieces that matter to the language, to be put where they do not belong.
    private static readonly string[] Pieces =
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "-", "+", "|", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "\n", "~", ",", ":", ".", "=", "==", "**", "//",
        " if ", " else ", " in ", " is ", " not ", " and ", "{% endif %}", "{% endfor %}", "{% else %}", "{% for x in messages %}", "{% set x = ",
        "{% macro m(a) %}", "{% endmacro %}", "{{ m(m) }}", " recursive ", "{% raw %}", "{% endraw %}", "loop", "loop(messages)", "messages", "range(9)",
        "|tojson", "|list", "|map(", "|selectattr(", "|sort", "namespace(", "none", "true", "[::-1]", "[1:]", ".items()", "0", "-1", "1e308", "99999999999999999999",
        "\ud83e\udd99", "\u0000", "\ud800", "%s", "__class__", "|length", "{% break %}", "{% continue %}", "{% call m() %}", "{% endcall %}",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void Render_MutatedTemplates_GiveOutputOrInputException(int seed)
    {
        using var golden = TemplateCases.Golden();
        var variables = golden.RootElement.GetProperty("variables");
        var templates = golden.RootElement.GetProperty("cases").EnumerateArray().Select(test => test.GetProperty("template").GetString()!).ToArray();
        var longOnes = templates.Where(template => template.Length > 150).ToArray();
        var limits = new TemplateLimits { MaxSteps = 500_000, MaxAllocation = 8_000_000 };
        var random = new Random(seed);
        var rendered = 0;
        for (var i = 0; i < PerSeed; i++)
        {
            var from = random.Next(2) == 0 ? longOnes : templates;
            var template = Mutate(from[random.Next(from.Length)], from, random);
            var clock = Stopwatch.StartNew();
            try
            {
                TemplateCases.Render(template, variables, limits);
                rendered++;
            }
            catch (InputException fault)
            {
                Assert.Matches("^chat template test.jinja, line [0-9]+, column [0-9]+: .", fault.Message);
                Assert.DoesNotContain('\n', fault.Message);
            }
            catch (Exception other)
            {
                Assert.Fail($"seed {seed}, number {i}: {other}\n{JsonEncodedText.Encode(template.Replace("\ud800", "?", StringComparison.Ordinal))}");
            }

            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"seed {seed}, number {i} took {clock.Elapsed}: {template}");
        }

        // Were everything an error at once, the mutations would test only the lexer.
        Assert.InRange(rendered, PerSeed / 20, PerSeed * 19 / 20);
    }

    private static string Mutate(string template, string[] others, Random random)
    {
        var text = new StringBuilder(template);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var at = random.Next(text.Length + 1);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(6))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text.Insert(at, text.ToString(at, length));
                    break;
                case 3 when at < text.Length:
                    text[at] = (char)random.Next(32, 127);
                    break;
                case 4:
                    var other = others[random.Next(others.Length)];
                    var start = random.Next(other.Length + 1);
                    text.Insert(at, other.AsSpan(start, Math.Min(random.Next(40), other.Length - start)));
                    break;
                default:
                    text.Remove(at, length).Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
            }
        }

        return text.ToString();
    }
}
