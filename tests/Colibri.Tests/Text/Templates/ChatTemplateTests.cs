using System.Text.Json;
using Colibri.Text.Templates;
using Xunit;

namespace Colibri.Tests.Text.Templates;

public sealed class ChatTemplateTests
{
    private const string ChatMl =
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    [Fact]
    public void Render_Messages_FollowsTheTemplate()
    {
        var template = ChatTemplate.Parse(ChatMl, "chatml");
        ChatMessage[] messages = [new("system", "Be brief."), new("user", "Hi")];
        Assert.Equal("<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", template.Render(messages));
        Assert.Equal("<|im_start|>user\nHi<|im_end|>\n", template.Render(messages[1..], new ChatTemplateOptions { AddGenerationPrompt = false }));
    }

    [Fact]
    public void Render_FromManyThreads_GivesTheSame()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }}", "t");
        var messages = Enumerable.Range(0, 100).Select(i => new ChatMessage("user", "x")).ToArray();
        var results = new string[64];
        Parallel.For(0, results.Length, i => results[i] = template.Render(messages));
        Assert.All(results, result => Assert.Equal("5050", result));
    }

    [Fact]
    public void Render_ToolCallsAndAnswers_AreSeenAsTemplatesExpect()
    {
        var template = ChatTemplate.Parse(
            "{% for m in messages %}{{ m.role }}:{{ m.content is none }}:{{ m.tool_calls[0].function.arguments|tojson if m.tool_calls }}:{{ m.tool_call_id }}:{{ m.name }}:{{ m.extra }};{% endfor %}", "t");
        ChatMessage[] messages =
        [
            new("assistant", null) { ToolCalls = [new ChatToolCall("f", TemplateCases.Json("{\"b\": 1, \"a\": [true]}")) { Id = "call_1" }] },
            new("tool", "4") { ToolCallId = "call_1", Name = "f", Fields = new Dictionary<string, JsonElement> { ["extra"] = TemplateCases.Json("[1]") } },
        ];
        Assert.Equal("assistant:True:{\"b\": 1, \"a\": [true]}:::;tool:False::call_1:f:[1];", template.Render(messages));
    }

    [Fact]
    public void Render_ContentParts_StandForTheContent()
    {
        var template = ChatTemplate.Parse("{% for p in messages[0].content %}{{ p.type }}{{ p.text }};{% endfor %}", "t");
        var message = new ChatMessage("user", null) { Parts = TemplateCases.Json("[{\"type\": \"text\", \"text\": \"a\"}, {\"type\": \"image\"}]") };
        Assert.Equal("texta;image;", template.Render([message]));
    }

    [Fact]
    public void Render_Reasoning_IsAFieldOfItsOwn()
    {
        var template = ChatTemplate.Parse("{{ messages[0].reasoning_content }}|{{ messages[1].reasoning_content is defined }}", "t");
        Assert.Equal("hm|False", template.Render([new ChatMessage("assistant", "x") { Reasoning = "hm" }, new ChatMessage("user", "y")]));
    }

    [Fact]
    public void Render_Options_BecomeVariables()
    {
        var template = ChatTemplate.Parse("{{ bos_token }}|{{ eos_token }}|{{ tools|tojson }}|{{ documents|length }}|{{ x }}|{{ strftime_now('%d %b %Y') }}", "t");
        var options = new ChatTemplateOptions
        {
            BeginOfText = "<s>",
            EndOfText = "</s>",
            Tools = TemplateCases.Json("[{\"z\": 1, \"a\": 2}]"),
            Documents = TemplateCases.Json("[{}, {}]"),
            Variables = new Dictionary<string, JsonElement> { ["x"] = TemplateCases.Json("1.0") },
            Clock = new FixedClock(),
        };
        Assert.Equal("<s>|</s>|[{\"z\": 1, \"a\": 2}]|2|1.0|26 Jul 2024", template.Render([], options));
        Assert.Equal("|False", ChatTemplate.Parse("{{ bos_token }}|{{ tools is defined }}", "t").Render([]));
    }

    [Fact]
    public void Render_Casefold_IsThatOfPython() =>
        Assert.Equal("ünï ss i\u0307 ʼn σσ ı ffi", TemplateCases.Render("{{ x.casefold() }}", "{\"x\": \"ÜNÏ ß İ ŉ Σς ı \uFB03\"}"));

    [Fact]
    public void Render_VariableNamedLikeAFunction_GoesFirst()
    {
        Assert.Equal("5", TemplateCases.Render("{{ range }}", "{\"range\": 5}"));
    }

    [Fact]
    public void Render_JsonRequest_TakesItsMembersAsVariables()
    {
        var template = ChatTemplate.Parse("{{ messages|length }}{{ tools|length }}{{ enable_thinking }}{{ add_generation_prompt }}{{ bos_token }}", "t");
        var request = TemplateCases.Json("{\"messages\": [{}], \"tools\": [1, 2], \"enable_thinking\": false, \"unused\": 1, \"bos_token\": \"<a>\"}");
        Assert.Equal("12FalseTrue<a>", template.Render(request));
        Assert.Equal("12FalseTrue<b>", template.Render(request, new ChatTemplateOptions { BeginOfText = "<b>" }));
        Assert.Equal("10FalseTrue<a>"u8.ToArray(), template.RenderUtf8(request, TemplateCases.Json("[]")));
        Assert.Equal("12FalseFalse<a>", template.Render(request, new ChatTemplateOptions { AddGenerationPrompt = false }));
    }

    [Theory]
    [InlineData("5", "list of messages")]
    [InlineData("{}", "no \"messages\"")]
    [InlineData("{\"messages\": \"x\"}", "list of messages")]
    [InlineData("[\"\\ud800\"]", "surrogate")]
    [InlineData("[{\"\\ud800\": 1}]", "surrogate")]
    public void Render_JsonThatIsNoConversation_IsRefused(string json, string fault)
    {
        var template = ChatTemplate.Parse("{{ messages }}", "t");
        var message = Assert.Throws<InputException>(() => template.Render(TemplateCases.Json(json))).Message;
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DeepJson_IsRefused()
    {
        var deep = new string('[', 400) + new string(']', 400);
        using var document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 1000 });
        var template = ChatTemplate.Parse("x", "t");
        Assert.Contains("deep", Assert.Throws<InputException>(() => template.Render(document.RootElement)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_JsonNumbers_KeepTheirKind()
    {
        Assert.Equal(
            "1|1.0|100.0|0|-0.0|12345678901234567890123|1e+400|1e-07".Replace("1e+400", "inf", StringComparison.Ordinal),
            TemplateCases.Render("{{ n|join('|') }}", "{\"n\": [1, 1.0, 1e2, -0, -0.0, 12345678901234567890123, 1e400, 1e-7]}"));
    }

    [Fact]
    public void Render_JsonWithAKeyTwice_KeepsTheLastValue()
    {
        Assert.Equal("{'a': 3, 'b': 2}", TemplateCases.Render("{{ d }}", "{\"d\": {\"a\": 1, \"b\": 2, \"a\": 3}}"));
    }

    [Fact]
    public void Render_GenerationBlock_ShowsItsBodyAndKeepsItsVariables()
    {
        Assert.Equal("[a1]False", TemplateCases.Render("[{% generation %}\n{% set q = 1 %}a{{ q }}{% endgeneration %}\n]{{ q is defined }}"));
    }

    [Theory]
    [InlineData("{% set l = [1] %}{% set _ = l.append(2) %}{{ l }}", "[1, 2]")]
    [InlineData("{% set l = [1] %}{{ l.extend((2, 3)) }}{{ l.insert(0, 0) }}{{ l.pop() }}{{ l.pop(0) }}{{ l }}", "NoneNone30[1, 2]")]
    [InlineData("{% set l = [3, 1, 2] %}{% set _ = l.sort() %}{{ l }}{% set _ = l.reverse() %}{{ l }}{% set _ = l.remove(2) %}{{ l }}{% set _ = l.clear() %}{{ l }}", "[1, 2, 3][3, 2, 1][3, 1][]")]
    [InlineData("{% set l = [3, 1, 2] %}{% set _ = l.sort(reverse=true) %}{{ l }}", "[3, 2, 1]")]
    [InlineData("{% set d = {'a': 1} %}{% set _ = d.update({'b': 2}, c=3) %}{{ d }}{{ d.pop('a') }}{{ d.pop('q', 9) }}{{ d.setdefault('z', 5) }}{{ d.popitem() }}{{ d }}", "{'a': 1, 'b': 2, 'c': 3}195('z', 5){'b': 2, 'c': 3}")]
    [InlineData("{% set l = [1] %}{% for x in l %}{{ x }}{% if x < 3 %}{% set _ = l.append(x + 1) %}{% endif %}{% endfor %}", "123")]
    public void Render_MethodsThatChangeTheirObject_Work(string template, string expected) =>
        Assert.Equal(expected, TemplateCases.Render(template));

    [Fact]
    public void Render_NamespacesInATupleTarget_AreAssigned()
    {
        // Newer than the jinja2 the golden file is made with.
        Assert.Equal("132", TemplateCases.Render("{% set ns = namespace() %}{% set ns.a, (x, ns.b) = 1, (2, 3) %}{{ ns.a }}{{ ns.b }}{{ x }}"));
        Assert.Contains("only attributes of a namespace()", TemplateCases.Fault("{% set x = 1 %}{% set y, x.a = 1, 2 %}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_DictChangedWhileIterated_IsAnError()
    {
        Assert.Contains("changed size", TemplateCases.Fault("{% set d = {'a': 1} %}{% for k in d %}{% set _ = d.update({'b': 1}) %}{% endfor %}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ChangedMessages_DoNotReachTheNextRendering()
    {
        var template = ChatTemplate.Parse("{% set _ = messages.append(1) %}{{ messages|length }}", "t");
        ChatMessage[] messages = [new("user", "x")];
        Assert.Equal("2", template.Render(messages));
        Assert.Equal("2", template.Render(messages));
    }

    [Fact]
    public void Variables_ListWhatTheTemplateTakes()
    {
        var template = ChatTemplate.Parse("{% set a = 1 %}{{ a ~ bos_token }}{% if tools %}{% for t in tools %}{{ t ~ x }}{% endfor %}{% endif %}", "t");
        Assert.Equal(["bos_token", "tools", "x"], template.Variables.Order());
        Assert.True(template.ReadsTools);
        Assert.False(template.ReadsGenerationPrompt);
        Assert.True(ChatTemplate.Parse(ChatMl, "t").ReadsGenerationPrompt);
    }

    [Theory]
    [InlineData(ChatMl, true)]
    [InlineData("{% if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}{{ messages }}", false)]
    [InlineData("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}", false)]
    public void KeepsSystemMessage_FindsOutByTrying(string template, bool expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(template, "t").KeepsSystemMessage());

    [Theory]
    [InlineData("true", "True bool")]
    [InlineData("False", "False bool")]
    [InlineData("none", "None none")]
    [InlineData("null", "None none")]
    [InlineData("5", "5 int")]
    [InlineData("0.5", "0.5 float")]
    [InlineData("\"5\"", "5 str")]
    [InlineData("<s>", "<s> str")]
    [InlineData("26 Jul 2024", "26 Jul 2024 str")]
    [InlineData("", " str")]
    [InlineData("a \"b\" \\n", "a \"b\" \\n str")]
    [InlineData("[1, 2]", "[1, 2] list")]
    public void ParseVariable_Text_GivesItsValue(string text, string expected)
    {
        var template = ChatTemplate.Parse(
            "{{ x }} {{ 'none' if x is none else 'bool' if x is boolean else 'int' if x is integer else 'float' if x is float else 'str' if x is string else 'list' }}", "t");
        var options = new ChatTemplateOptions { Variables = new Dictionary<string, JsonElement> { ["x"] = ChatTemplateOptions.ParseVariable(text) } };
        Assert.Equal(expected, template.Render([], options));
    }
}
