using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class TemplateCommandTests
{
    private const string Template =
        "{{ bos_token }}{% if tools %}[{{ tools[0].name }}]{% endif %}{% for m in messages %}<{{ m.role }}>{{ m.content }}\n{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}";

    private const string Messages = """[{"role":"user","content":"Grüße"},{"role":"assistant","content":"Hi"}]""";

    [Fact]
    public async Task Template_FileWithMessages_IsRenderedByteForByte()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("<s><user>Grüße\n<assistant>Hi\n<assistant>", (await Run(folder, Messages, "--set", "bos_token=<s>")).Out);
        Assert.Equal("<s><user>Grüße\n<assistant>Hi\n", (await Run(folder, Messages, "--set", "bos_token=<s>", "--no-generation-prompt")).Out);
    }

    [Fact]
    public async Task Template_Tools_ReachTheTemplate()
    {
        using var folder = new TemporaryFolder();
        var tools = folder.Write("tools.json", """[{"name":"weather"}]""");
        var run = await Run(folder, Messages, "--tools", tools, "--set", "bos_token=\"\"");
        Assert.StartsWith("[weather]<user>", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_SetSeveral_AllAreSet()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("x.jinja", "{{ a }}|{{ b + 1 }}|{{ c is none }}");
        var messages = folder.Write("m.json", "[]");
        var run = await Invocation.RunAsync("template", file, "--messages", messages, "--set", "a=x=y", "--set", "b=2", "--set", "c=null");
        Assert.Equal("x=y|3|True", run.Out);
    }

    [Fact]
    public async Task Template_OfAModel_KnowsItsTokens()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(SharedData.Starter, "tokenizer.json"), folder["tokenizer.json"]);
        File.Copy(Path.Combine(SharedData.Starter, "tokenizer_config.json"), folder["tokenizer_config.json"]);
        folder.Write("chat_template.jinja", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}");
        var run = await Invocation.RunAsync(Messages, ["template", folder.Path, "--messages", "-"]);
        Assert.Equal("", run.Error);
        Assert.Equal("<s>Grüße</s>", run.Out);
    }

    [Theory]
    [InlineData("[", "is not JSON")]
    [InlineData("3", "list of messages")]
    public async Task Template_BadMessages_SaysSoAndExitsWithTwo(string messages, string expected)
    {
        using var folder = new TemporaryFolder();
        var run = await Run(folder, messages);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Template_BadSetOrMissingFileOrModelWithoutTemplate_SaysSo()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("name=value", Assert.Single((await Run(folder, Messages, "--set", "bos_token")).ErrorLines), StringComparison.Ordinal);
        var messages = folder.Write("m.json", Messages);
        foreach (var source in new[] { folder["none.jinja"], SharedData.Starter })
        {
            var run = await Invocation.RunAsync("template", source, "--messages", messages);
            Assert.Equal(2, run.Code);
            Assert.Contains(source, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Template_RealTemplates_AreRenderedLikeTheReference()
    {
        var root = SharedData.Require("data/chat-templates");
        using var folder = new TemporaryFolder();
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(root, "rendered.json")));
        var tools = folder.Write("tools.json", json.RootElement.GetProperty("tools").GetRawText());
        foreach (var item in json.RootElement.GetProperty("cases").EnumerateArray().Where(c => c.TryGetProperty("output", out _)))
        {
            var conversation = item.GetProperty("conversation").GetString()!;
            var messages = folder.Write("messages.json", json.RootElement.GetProperty("conversations").GetProperty(conversation).GetRawText());
            var template = Path.Combine(root, "templates", item.GetProperty("template").GetString() + ".jinja");
            string[] args = ["template", template, "--messages", messages, "--set", "bos_token=<s>", "--set", "eos_token=</s>"];
            args = item.GetProperty("tools").GetBoolean() ? [.. args, "--tools", tools] : args;
            args = item.GetProperty("add_generation_prompt").GetBoolean() ? args : [.. args, "--no-generation-prompt"];
            var run = await Invocation.RunAsync(args);
            Assert.Equal(item.GetProperty("output").GetString(), run.Out);
        }
    }

    private static Task<Invocation> Run(TemporaryFolder folder, string messages, params string[] options) => Invocation.RunAsync(
        ["template", folder.Write("t.jinja", Template), "--messages", folder.Write("m.json", messages), .. options]);
}
