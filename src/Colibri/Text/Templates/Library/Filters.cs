using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>The list of filters: Jinja's own, and tojson as transformers defines it.</summary>
internal static class Filters
{
    private static readonly FrozenDictionary<string, Operation> All = new Operation[]
    {
        // Text
        new("upper", "", static (run, self, _) => TextFilters.Method(run, self, "upper")),
        new("lower", "", static (run, self, _) => TextFilters.Method(run, self, "lower")),
        new("capitalize", "", static (run, self, _) => TextFilters.Method(run, self, "capitalize")),
        new("title", "", static (run, self, _) => TextFilters.Title(run, self)),
        new("trim", "chars?", static (run, self, a) => TextFilters.Trim(run, self, a[0])),
        new("replace", "old new count?", static (run, self, a) => TextFilters.Replace(run, self, a)),
        new("center", "width?", static (run, self, a) => StringMethods.Center(run, TextFilters.Soft(run, self), Conversions.Count(a[0], 80, "width"))),
        new("indent", "width? first? blank?", static (run, self, a) => TextFilters.Indent(run, self, a)),
        new("truncate", "length? killwords? end? leeway?", static (run, self, a) => TextFilters.Truncate(run, self, a)),
        new("wordcount", "", static (run, self, _) => TextFilters.WordCount(run, self)),
        new("string", "", static (run, self, _) => TextFilters.Soft(run, self)),
        new("format", static (Interpreter run, TemplateValue self, in CallArguments arguments) => TextFilters.Format(run, self, arguments)),
        new("escape", "", static (run, self, _) => Markup.Of(run, self)),
        new("e", "", static (run, self, _) => Markup.Of(run, self)),
        new("forceescape", "", static (run, self, _) => new StringValue(Markup.Escape(Represent.Str(run, self)), true)),
        new("safe", "", static (run, self, _) => new StringValue(Represent.Str(run, self), true)),
        new("striptags", "", static (run, self, _) => StringValue.Of(Markup.StripTags(run, Represent.Str(run, self)))),
        new("urlencode", "", static (run, self, _) => TextFilters.UrlEncode(run, self)),
        new("xmlattr", "autospace?", static (run, self, a) => TextFilters.XmlAttributes(run, self, a[0]?.IsTrue ?? true)),
        new("filesizeformat", "binary?", static (run, self, a) => NumberFilters.FileSize(run, self, a[0]?.IsTrue ?? false)),
        new("pprint", "", static (run, self, _) => StringValue.Of(PrettyPrint.Format(run, self))),
        new("tojson", "ensure_ascii? indent? separators? sort_keys?", static (run, self, a) => StringValue.Of(JsonText.Write(run, self, JsonStyle.Of(a)))),

        // Numbers
        new("abs", "", static (_, self, _) => NumberFilters.Absolute(self)),
        new("int", "default? base?", static (run, self, a) => NumberFilters.ToInt(run, self, a)),
        new("float", "default?", static (_, self, a) => NumberFilters.ToFloat(self, a[0])),
        new("round", "precision? method?", static (_, self, a) => NumberFilters.Round(self, a)),

        // Lists and dicts
        new("length", "", static (run, self, _) => SequenceFilters.Length(run, self)),
        new("count", "", static (run, self, _) => SequenceFilters.Length(run, self)),
        new("first", "", static (run, self, _) => SequenceFilters.First(run, self)),
        new("last", "", static (run, self, _) => SequenceFilters.Last(run, self)),
        new("join", "d? attribute?", static (run, self, a) => SequenceFilters.Join(run, self, a)),
        new("list", "", static (run, self, _) => new ListValue(Conversions.Items(run, self))),
        new("items", "", static (run, self, _) => SequenceFilters.Entries(run, self)),
        new("reverse", "", static (run, self, _) => SequenceFilters.Reverse(run, self)),
        new("sort", "reverse? case_sensitive? attribute?", static (run, self, a) => SequenceFilters.Sort(run, self, a)),
        new("dictsort", "case_sensitive? by? reverse?", static (run, self, a) => SequenceFilters.SortDict(run, self, a)),
        new("unique", "case_sensitive? attribute?", static (run, self, a) => SequenceFilters.Unique(run, self, a)),
        new("min", "case_sensitive? attribute?", static (run, self, a) => SequenceFilters.Extreme(run, self, a, -1)),
        new("max", "case_sensitive? attribute?", static (run, self, a) => SequenceFilters.Extreme(run, self, a, 1)),
        new("sum", "attribute? start?", static (run, self, a) => SequenceFilters.Sum(run, self, a)),
        new("batch", "linecount fill_with?", static (run, self, a) => SequenceFilters.Batch(run, self, a)),
        new("slice", "slices fill_with?", static (run, self, a) => SequenceFilters.Slice(run, self, a)),
        new("groupby", "attribute default? case_sensitive?", static (run, self, a) => SequenceFilters.GroupBy(run, self, a)),

        // Over each item
        new("map", static (Interpreter run, TemplateValue self, in CallArguments arguments) => SelectionFilters.Map(run, self, arguments)),
        new("select", static (Interpreter run, TemplateValue self, in CallArguments arguments) => SelectionFilters.Select(run, self, arguments, "select", true, false)),
        new("reject", static (Interpreter run, TemplateValue self, in CallArguments arguments) => SelectionFilters.Select(run, self, arguments, "reject", false, false)),
        new("selectattr", static (Interpreter run, TemplateValue self, in CallArguments arguments) => SelectionFilters.Select(run, self, arguments, "selectattr", true, true)),
        new("rejectattr", static (Interpreter run, TemplateValue self, in CallArguments arguments) => SelectionFilters.Select(run, self, arguments, "rejectattr", false, true)),

        // Any value
        new("default", "default_value? boolean?", static (_, self, a) => Default(self, a)),
        new("d", "default_value? boolean?", static (_, self, a) => Default(self, a)),
        new("attr", "name", static (run, self, a) =>
        {
            var name = Conversions.Text(a[0], "", "attr()'s name");
            return Members.AttributeOnly(run, self, name) ?? UndefinedValue.Attribute(self, name);
        }),
    }.ToFrozenDictionary(filter => filter.Name);

    /// <summary>The filter of the name, or null.</summary>
    public static Operation? Find(string name) => All.GetValueOrDefault(name);

    public static TemplateFault Unknown(string name, int offset) => new(name switch
    {
        "random" => "the filter 'random' is refused: the same conversation must give the same prompt",
        "urlize" or "wordwrap" => $"the filter '{name}' is not supported: it makes web pages, not prompts",
        _ => $"there is no filter '{PythonText.OneLine(name, 60)}'",
    })
    { Offset = offset };

    private static TemplateValue Default(TemplateValue value, TemplateValue?[] arguments) =>
        value is UndefinedValue || ((arguments[1]?.IsTrue ?? false) && !value.IsTrue) ? arguments[0] ?? StringValue.Empty : value;
}
