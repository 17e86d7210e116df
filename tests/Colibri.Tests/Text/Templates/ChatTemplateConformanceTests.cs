using System.Text.Json;
using Colibri.TestData;
using Colibri.Text.Templates;
using Xunit;

namespace Colibri.Tests.Text.Templates;

/// <summary>The templates of published models against reference renderings, byte for byte.</summary>
public sealed class ChatTemplateConformanceTests
{
    [SkippableFact]
    public void Render_PublishedTemplates_EqualTheReference()
    {
        var folder = SharedData.Require("data/chat-templates");
        using var data = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "rendered.json")));
        var root = data.RootElement;
        var cases = 0;
        foreach (var test in root.GetProperty("cases").EnumerateArray())
        {
            var name = test.GetProperty("template").GetString()!;
            var template = ChatTemplate.Parse(File.ReadAllText(Path.Combine(folder, "templates", name + ".jinja")), name);
            var options = new ChatTemplateOptions
            {
                AddGenerationPrompt = test.GetProperty("add_generation_prompt").GetBoolean(),
                BeginOfText = "<s>",
                EndOfText = "</s>",
                Variables = new Dictionary<string, JsonElement> { ["date_string"] = TemplateCases.Json("\"26 Jul 2024\"") },
                Clock = new FixedClock(),
            };
            JsonElement? tools = test.GetProperty("tools").GetBoolean() ? root.GetProperty("tools") : null;
            var conversation = root.GetProperty("conversations").GetProperty(test.GetProperty("conversation").GetString()!);
            if (test.TryGetProperty("error", out var error))
            {
                var fault = Assert.Throws<InputException>(() => template.RenderUtf8(conversation, tools, options));
                Assert.EndsWith(error.GetString()!, fault.Message, StringComparison.Ordinal);
            }
            else
            {
                Assert.Equal(test.GetProperty("output").GetString(), System.Text.Encoding.UTF8.GetString(template.RenderUtf8(conversation, tools, options)));
            }

            cases++;
        }

        Assert.True(cases >= 90, $"only {cases} cases");
    }

    [SkippableFact]
    public void Render_LlamaCppVectors_EqualTheReference()
    {
        var folder = SharedData.Require("data/chat-templates");
        using var data = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "vectors.json")));
        var root = data.RootElement;
        var cases = 0;
        foreach (var test in root.GetProperty("cases").EnumerateArray())
        {
            var template = ChatTemplate.Parse(test.GetProperty("template").GetString()!, test.GetProperty("name").GetString()!);
            var options = new ChatTemplateOptions
            {
                AddGenerationPrompt = root.GetProperty("add_generation_prompt").GetBoolean(),
                BeginOfText = test.GetProperty("bos_token").GetString(),
                EndOfText = test.GetProperty("eos_token").GetString(),
            };
            Assert.Equal(
                test.GetProperty("reference_jinja2").GetProperty("output").GetString(),
                template.Render(root.GetProperty("conversation"), options));
            cases++;
        }

        Assert.True(cases >= 15, $"only {cases} cases");
    }
}
