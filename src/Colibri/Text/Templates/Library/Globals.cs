using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>The functions every template finds, unless the caller gives a variable of the name.</summary>
internal static class Globals
{
    private static readonly FrozenDictionary<string, TemplateValue> All = new Operation[]
    {
        new("range", "start stop? step?", static (_, _, a) => Range(a)),
        new("dict", static (Interpreter run, TemplateValue _, in CallArguments arguments) => DictMethods.Make(run, "dict", arguments)),
        new("namespace", static (Interpreter run, TemplateValue _, in CallArguments arguments) => new NamespaceValue(DictMethods.Make(run, "namespace", arguments))),
        new("cycler", static (Interpreter _, TemplateValue _, in CallArguments arguments) =>
        {
            arguments.RefuseNamed("cycler");
            return arguments.Positional.Length > 0 ? new CyclerValue(arguments.Positional) : throw new TemplateFault("cycler() takes at least one item");
        }),
        new("joiner", "sep?", static (_, _, a) => new JoinerValue(a[0] ?? new StringValue(", "))),
        new("lipsum", static (Interpreter _, TemplateValue _, in CallArguments _) =>
            throw new TemplateFault("lipsum() is refused: the same conversation must give the same prompt")),
        new("raise_exception", "message", static (run, _, a) =>
            throw new TemplateFault(PythonText.OneLine(Represent.Str(run, a[0]!), 500))),
        new("strftime_now", "format", static (run, _, a) =>
            StringValue.Of(TimeFormat.Format(run, run.Now, Conversions.Text(a[0], "", "strftime_now()'s format")))),
    }.ToFrozenDictionary(operation => operation.Name, static TemplateValue (operation) => new FunctionValue(operation));

    /// <summary>The function of the name, or null.</summary>
    public static TemplateValue? Find(string name) => All.GetValueOrDefault(name);

    private static RangeValue Range(TemplateValue?[] arguments)
    {
        var first = Whole(arguments[0]!);
        return arguments[1] is null
            ? RangeValue.Of(0, first, 1)
            : RangeValue.Of(first, Whole(arguments[1]!), arguments[2] is null ? 1 : Whole(arguments[2]!));
    }

    private static long Whole(TemplateValue value) => !Numbers.TryInt(value, out var number)
        ? throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"'{value.TypeName}' object cannot be interpreted as an integer")
        : number.IsBig ? throw new TemplateFault("range() takes no numbers of more than 64 bits") : number.Small;
}
