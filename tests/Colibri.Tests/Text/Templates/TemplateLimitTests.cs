using System.Diagnostics;
using Colibri.Text.Templates;
using Xunit;

namespace Colibri.Tests.Text.Templates;

/// <summary>Templates that mean harm end in an error, soon and without eating the memory.</summary>
public sealed class TemplateLimitTests
{
    public static TheoryData<string> Runaways() => new()
    {
        // Time
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% set l = [1] %}{% for x in l %}{{ l.append(1) or '' }}{% endfor %}",
        "{% macro m(n) %}{% for i in range(10) %}{{ m(n + 1) if n < 30 }}{% endfor %}{% endmacro %}{{ m(0) }}",
        "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x == [ns.x[0], ns.x[0]] }}{% set a = ns.x %}{{ ns.x|tojson }}",
        "{% set ns = namespace(a=(1,), b=(1,)) %}{% for i in range(60) %}{% set ns.a = (ns.a, ns.a) %}{% set ns.b = (ns.b, ns.b) %}{% endfor %}{{ ns.a == ns.b }}",
        "{% set ns = namespace(a=(1,)) %}{% for i in range(60) %}{% set ns.a = (ns.a, ns.a) %}{% endfor %}{{ {ns.a: 1} }}",
        "{% for i in range(100000) %}{{ (range(100000)|list|sort)[0] }}{% endfor %}",
        "{% for i in range(100000) %}{{ 'x' if i in range(100000)|list }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ 'x' if (s ~ 'b') in s }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% set p = 'a' * 2000000 + 'b' %}{% for i in range(1000) %}{{ s.find(p) }}{{ s.rfind('b' ~ p) }}{{ s.count(p) }}{% endfor %}",
        "{% set s = 'a' * 4000000 %}{% for i in range(100000) %}{{ s|upper|length }}{% endfor %}",
        "{% set s = 'é🦙' * 1000000 %}{% for i in range(100000) %}{{ s[i + 900000] }}{% endfor %}",
        "{% set s = ' ' * 4000000 %}{% for i in range(100000) %}{{ s|trim }}{{ s.split() }}{% endfor %}",

        // Memory
        "{{ 'a' * 10 ** 9 }}",
        "{{ 10 ** 9 * 'a' }}",
        "{{ [0] * 10 ** 9 }}",
        "{{ (0,) * 9223372036854775807 }}",
        "{{ range(10 ** 9)|list }}",
        "{{ range(10 ** 18, -(10 ** 18), -1) }}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(100) %}{% set ns.s = [ns.s, ns.s]|join(ns.s) %}{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(100) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set l = [] %}{% for i in range(100000) %}{% for j in range(1000) %}{{ l.append(i) or '' }}{% endfor %}{% endfor %}",
        "{% set d = {} %}{% for i in range(100000) %}{% for j in range(1000) %}{{ d.setdefault((i, j), 1) }}{% endfor %}{% endfor %}",
        "{% set l = [1] %}{% for i in range(100) %}{{ l.extend(l) or '' }}{% endfor %}",
        "{{ 'x'.center(10 ** 10) }}",
        "{{ 'x'.ljust(10 ** 30) }}",
        "{{ 'x'.zfill(2000000000) }}",
        "{{ '\t'.expandtabs(2000000000) }}",
        "{{ 'x'|center(2000000000) }}",
        "{{ 'a\nb'|indent(2000000000) }}",
        "{{ '%2000000000d' % 1 }}",
        "{{ '%.2000000000f' % 1.5 }}",
        "{{ '%*d' % (2000000000, 1) }}",
        "{{ '{:2000000000}'.format(1) }}",
        "{{ '{:.2000000000f}'.format(1.5) }}",
        "{{ [1]|batch(2000000000, 0)|list }}",
        "{{ [1]|slice(2000000000)|list }}",
        "{{ {}|tojson(indent=2000000000) }}{{ [[[[]]]]|tojson(indent='x' * 60000000) }}",
        "{{ 2 ** (10 ** 9) }}",
        "{{ 10 ** 4000 * 10 ** 4000 }}",
        "{{ 10 ** (10 ** (10 ** 10)) }}",
        "{{ ('9' * 100000)|int }}",
        "{{ 1.5 ** (10 ** 10) }}",
        "{{ 5|round(2000000000) + 'x' }}",
        "{{ 5|round(-2000000000, 'floor') }}",
        "{% macro m() %}{% filter upper %}{{ 'a' * 1000000 }}{{ m() }}{% endfilter %}{% endmacro %}{{ m() }}",
        "{% for i in range(100000) %}{{ 'a' * 100000 }}{% endfor %}",

        // Depth
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{% call a() %}{% endcall %}{% endmacro %}{{ a() }}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% set l = [] %}{{ l.append(l) or '' }}{{ l }}",
        "{% set l = [] %}{{ l.append(l) or '' }}{{ l|tojson }}",
        "{% set l = [] %}{{ l.append(l) or '' }}{{ l|pprint }}",
        "{% set l = [] %}{% set k = [] %}{{ l.append(k) or '' }}{{ k.append(l) or '' }}{{ l == k }}",
        "{% set l = [] %}{% set k = [] %}{{ l.append(k) or '' }}{{ k.append(l) or '' }}{{ l < k }}",
        "{% set d = {} %}{{ d.update({'d': d}) or '' }}{{ d ~ '' }}",
        "{% set ns = namespace() %}{% set ns.ns = ns %}{{ ns }}",
        "{% set ns = namespace(x=[]) %}{% for i in range(5000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=()) %}{% for i in range(5000) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}",
        "{% macro m(f, n) %}{{ f(f, n) }}{% endmacro %}{{ m(m, 1) }}",
    };

    [Theory]
    [MemberData(nameof(Runaways))]
    public void Render_Runaway_EndsInAnError(string template)
    {
        var clock = Stopwatch.StartNew();
        var before = GC.GetTotalAllocatedBytes();
        TemplateCases.Fault(template);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"took {clock.Elapsed}");
        Assert.True(GC.GetTotalAllocatedBytes() - before < 4L << 30, "made more than 4 GiB of garbage");
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("{1:", "}")]
    [InlineData("-", "")]
    [InlineData("not ", "")]
    [InlineData("x[", "]")]
    [InlineData("x(", ")")]
    [InlineData("x|default(", ")")]
    [InlineData("x is eq(", ")")]
    public void Parse_DeepExpression_IsRefused(string open, string close)
    {
        const int Depth = 50_000;
        var template = "{{ " + string.Concat(Enumerable.Repeat(open, Depth)) + "1" + string.Concat(Enumerable.Repeat(close, Depth)) + " }}";
        Assert.Contains("deep", TemplateCases.Fault(template), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1", " + 1")]
    [InlineData("x", ".x")]
    [InlineData("x", "[0]")]
    [InlineData("x", "|trim")]
    [InlineData("x", "()")]
    [InlineData("x", " is none is none")]
    [InlineData("x", " and x")]
    [InlineData("x", " if x")]
    [InlineData("1", " ** 1")]
    [InlineData("1", " * 1")]
    public void Parse_LongChain_IsRefused(string first, string link)
    {
        var template = "{{ " + first + string.Concat(Enumerable.Repeat(link, 20_000)) + " }}";
        Assert.Contains(": ", TemplateCases.Fault(template), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{% if x %}")]
    [InlineData("{% for x in y %}")]
    [InlineData("{% macro m() %}")]
    [InlineData("{% set x %}")]
    [InlineData("{% with %}")]
    [InlineData("{% filter trim %}")]
    [InlineData("{% call m() %}")]
    [InlineData("{% generation %}")]
    [InlineData("{% block b %}")]
    public void Parse_DeepBlocks_AreRefused(string open)
    {
        var template = string.Concat(Enumerable.Repeat(open, 20_000));
        Assert.Contains("deep", TemplateCases.Fault(template), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_TextsThatJoinFreely_AreNotLimited()
    {
        var joined = string.Join(" ~ ", Enumerable.Repeat("'a'", 2000));
        Assert.Equal(2000, TemplateCases.Render("{{ " + joined + " }}").Length);
        var branches = string.Concat(Enumerable.Range(0, 2000).Select(i => $"{{% elif n == {i} %}}{i}"));
        Assert.Equal("1999", TemplateCases.Render("{% if false %}" + branches + "{% endif %}", "{\"n\": 1999}"));
    }

    [Fact]
    public void Parse_ManyConditionalNames_StaysLinear()
    {
        // Each if copies what is known so far in the reference; here it must not.
        var template = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{% if a{i} %}}{{% set a{i} = 1 %}}{{% endif %}}"));
        var clock = Stopwatch.StartNew();
        ChatTemplate.Parse(template, "t");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }

    [Fact]
    public void Parse_TooLongTemplate_IsRefused()
    {
        Assert.Contains("characters", TemplateCases.Fault(new string('a', 2_000_000)), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_LimitsOfOnesOwn_AreKept()
    {
        Assert.Contains("steps", TemplateCases.Fault("{% for i in range(20000) %}{% endfor %}", limits: new TemplateLimits { MaxSteps = 10_000 }), StringComparison.Ordinal);
        Assert.Contains("grows", TemplateCases.Fault("{{ 'a' * 2000 }}", limits: new TemplateLimits { MaxOutput = 1000 }), StringComparison.Ordinal);
        Assert.Contains("makes more", TemplateCases.Fault("{{ 'a' * 2000 }}", limits: new TemplateLimits { MaxAllocation = 1000 }), StringComparison.Ordinal);
        Assert.Contains("calls inside", TemplateCases.Fault("{% macro m(n) %}{{ m(n - 1) if n }}{% endmacro %}{{ m(9) }}", limits: new TemplateLimits { MaxCallDepth = 5 }), StringComparison.Ordinal);
        Assert.Equal("", TemplateCases.Render("{% macro m(n) %}{{ m(n - 1) if n }}{% endmacro %}{{ m(150) }}"));
    }

    [Fact]
    public void Render_LongConversation_IsWithinTheLimits()
    {
        // A quarter of a million words, and a template that rebuilds the prompt for each message.
        var message = "{\"role\": \"user\", \"content\": \"" + string.Concat(Enumerable.Repeat("word ", 5000)) + "\"}";
        var conversation = TemplateCases.Json("{\"messages\": [" + string.Join(',', Enumerable.Repeat(message, 50)) + "]}");
        var prompt = TemplateCases.Render("{% set ns = namespace(p='') %}{% for m in messages %}{% set ns.p = ns.p + m.content|trim + '\\n' %}{% endfor %}{{ ns.p }}", conversation);
        Assert.Equal(50 * 25_000, prompt.Length);
    }

    [Fact]
    public void Render_Cancelled_Stops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        var template = ChatTemplate.Parse("{% for a in range(100000) %}{% endfor %}", "t");
        Assert.Throws<OperationCanceledException>(() => template.Render([], cancellation: source.Token));
    }

    [Fact]
    public void Render_OnASmallStack_EndsInAnError()
    {
        Exception? caught = null;
        var nested = "{{ " + new string('(', 140) + "m()" + new string(')', 140) + " }}";
        var thread = new Thread(
            () => caught = Record.Exception(() => TemplateCases.Render("{% macro m() %}" + nested + "{% endmacro %}{{ m() }}")), 256 * 1024);
        thread.Start();
        thread.Join();
        Assert.IsType<InputException>(caught);
    }
}
