using Xunit;

namespace Colibri.Tests.Text.Templates;

public sealed class TemplateErrorTests
{
    [Theory]
    [InlineData("a\n  {{ x", 2, 3, "not closed")]
    [InlineData("a\n{% if x %}\nb", 2, 4, "'endif' is missing")]
    [InlineData("{% for x in y %}{% endif %}", 1, 20, "unknown tag 'endif'")]
    [InlineData("{{ 'abc }}", 1, 4, "string is not closed")]
    [InlineData("{# abc", 1, 1, "comment is not closed")]
    [InlineData("{% raw %} abc", 1, 1, "raw block is not closed")]
    [InlineData("{{ (1 }}", 1, 7, "expected ')'")]
    [InlineData("{{ 1] }}", 1, 5, "unexpected ']'")]
    [InlineData("{{ a ? b }}", 1, 6, "unexpected character '?'")]
    [InlineData("{{ }}", 1, 4, "expected an expression")]
    [InlineData("\n\n {{ x|nosuch }}", 3, 7, "no filter 'nosuch'")]
    [InlineData("{{ x is nosuch }}", 1, 9, "no test 'nosuch'")]
    [InlineData("{% include 'x' %}", 1, 4, "'include' is refused")]
    [InlineData("{% import 'x' as y %}", 1, 4, "'import' is refused")]
    [InlineData("{% from 'x' import y %}", 1, 4, "'from' is refused")]
    [InlineData("{% extends 'x' %}", 1, 4, "'extends' is refused")]
    [InlineData("{% autoescape true %}{% endautoescape %}", 1, 4, "'autoescape' is refused")]
    [InlineData("{{ [1, 2]|random }}", 1, 11, "'random' is refused")]
    [InlineData("{{ lipsum() }}", 1, 10, "lipsum() is refused")]
    [InlineData("{% break %}", 1, 4, "outside of a loop")]
    [InlineData("{% set true = 1 %}", 1, 8, "cannot be assigned")]
    public void Render_MalformedTemplate_NamesLineColumnAndFault(string template, int line, int column, string fault)
    {
        var message = TemplateCases.Fault(template);
        Assert.StartsWith($"chat template test.jinja, line {line}, column {column}: ", message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Theory]
    [InlineData("a\nb {{ 1 + 'x' }}", 2, 8, "unsupported operand")]
    [InlineData("{{ x.y.z }}", 1, 5, "'x' is undefined")]
    [InlineData("{% set d = {} %}\n{{ d.a.b }}", 2, 7, "'dict object' has no attribute 'a'")]
    [InlineData("{% for x in 5 %}{% endfor %}", 1, 4, "'int' object is not iterable")]
    [InlineData("{{ 1 // 0 }}", 1, 6, "by zero")]
    [InlineData("{% macro m() %}\n{{ nope() }}{% endmacro %}{{ m() }}", 2, 8, "'nope' is undefined")]
    [InlineData("{{ 'a'|replace }}", 1, 8, "misses its argument 'old'")]
    [InlineData("{{ range(1, 2, 0) }}", 1, 9, "must not be zero")]
    [InlineData("{% set x.y = 1 %}", 1, 4, "only attributes of a namespace()")]
    [InlineData("🦙{{ x.y }}", 1, 6, "'x' is undefined")]
    public void Render_FailingTemplate_NamesLineColumnAndFault(string template, int line, int column, string fault)
    {
        var message = TemplateCases.Fault(template);
        Assert.StartsWith($"chat template test.jinja, line {line}, column {column}: ", message, StringComparison.Ordinal);
        Assert.Contains(fault, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_RaisedException_GivesItsMessageOnOneLine()
    {
        Assert.EndsWith(": Roles must alternate", TemplateCases.Fault("{{ raise_exception('Roles must\nalternate') }}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_UnknownFilterNotReached_IsNoError()
    {
        Assert.Equal("ok", TemplateCases.Render("{% if false %}{{ x|nosuch }}{% endif %}ok"));
        Assert.Contains("no filter 'nosuch'", TemplateCases.Fault("{% if true %}{{ x|nosuch }}{% endif %}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ ''.__class__.__mro__[1].__subclasses__() }}")]
    [InlineData("{{ messages.__class__.__init__.__globals__ }}")]
    [InlineData("{{ range.__globals__['os'].system('x') }}")]
    [InlineData("{{ (''|attr('__class__')).mro() }}")]
    [InlineData("{{ '{0.__class__.__init__}'.format(messages) }}")]
    [InlineData("{{ messages.GetType().Assembly }}")]
    [InlineData("{{ self._TemplateReference__context }}")]
    [InlineData("{{ cycler.__init__.__globals__.os }}")]
    public void Render_ReachForInternals_FindsNothing(string template) =>
        Assert.Contains(": ", TemplateCases.Fault(template), StringComparison.Ordinal);

    [Theory]
    [InlineData("{{ ''.__class__ }}{{ messages.GetType }}{{ {}['__class__'] }}{{ 5.CompareTo }}")]
    [InlineData("{{ {'__class__': 5}.__class__ }}")]
    public void Render_InternalNames_AreUndefined(string template) => Assert.Equal("", TemplateCases.Render(template));
}
