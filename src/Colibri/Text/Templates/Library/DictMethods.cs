using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>The methods of dict.</summary>
internal static class DictMethods
{
    public static FrozenDictionary<string, Operation> All { get; } = new Operation[]
    {
        new("get", "key default?", static (_, self, a) => Dict(self).TryGet(a[0]!, out var value) ? value : a[1] ?? NoneValue.Instance),
        new("items", "", static (_, self, _) => new DictViewValue(Dict(self), DictPart.Items)),
        new("keys", "", static (_, self, _) => new DictViewValue(Dict(self), DictPart.Keys)),
        new("values", "", static (_, self, _) => new DictViewValue(Dict(self), DictPart.Values)),
        new("copy", "", static (run, self, _) => Copy(run, Dict(self))),
        new("update", Update),
        new("pop", "key default?", static (run, self, a) => Pop(run, Dict(self), a[0]!, a[1])),
        new("popitem", "", static (_, self, _) => PopLast(Dict(self))),
        new("setdefault", "key default?", static (run, self, a) => SetDefault(run, Dict(self), a[0]!, a[1] ?? NoneValue.Instance)),
        new("clear", "", static (_, self, _) =>
        {
            Dict(self).Clear();
            return NoneValue.Instance;
        }),
    }.ToFrozenDictionary(operation => operation.Name);

    /// <summary>dict(...), and what namespace(...) starts from.</summary>
    /// <exception cref="TemplateFault">The arguments do not describe a mapping.</exception>
    public static DictValue Make(Interpreter run, string function, in CallArguments arguments)
    {
        if (arguments.Positional.Length > 1)
        {
            throw new TemplateFault($"{function}() takes at most 1 positional argument");
        }

        var dict = new DictValue();
        Fill(run, dict, arguments);
        return dict;
    }

    private static DictValue Dict(TemplateValue self) => (DictValue)self;

    private static DictValue Copy(Interpreter run, DictValue dict)
    {
        run.AllocateItems(2L * dict.Count);
        return dict.Copy();
    }

    private static TemplateValue Update(Interpreter run, TemplateValue self, in CallArguments arguments)
    {
        Fill(run, Dict(self), arguments);
        return NoneValue.Instance;
    }

    private static void Fill(Interpreter run, DictValue dict, in CallArguments arguments)
    {
        if (arguments.Positional.Length > 0)
        {
            switch (arguments.Positional[0])
            {
                case DictValue other:
                    run.AllocateItems(2L * other.Count);
                    run.Step(other.Count);
                    for (var i = 0; i < other.Count; i++)
                    {
                        var (key, value) = other.At(i);
                        dict.Set(key, value);
                    }

                    break;
                case var pairs:
                    foreach (var pair in Conversions.Items(run, pairs))
                    {
                        var entry = Conversions.Items(run, pair);
                        if (entry.Count != 2)
                        {
                            throw new TemplateFault($"dictionary update sequence element has length {entry.Count}; 2 is required");
                        }

                        dict.Set(entry[0], entry[1]);
                    }

                    break;
            }
        }

        run.AllocateItems(2L * arguments.Named.Length);
        foreach (var (name, value) in arguments.Named)
        {
            dict.Set(name, value);
        }
    }

    private static TemplateValue Pop(Interpreter run, DictValue dict, TemplateValue key, TemplateValue? missing)
    {
        run.StepOver(dict.Count);
        return dict.Remove(key, out var value) ? value : missing ?? throw new TemplateFault($"there is no key {PythonText.Shorten(key)}");
    }

    private static TupleValue PopLast(DictValue dict)
    {
        if (dict.Count == 0)
        {
            throw new TemplateFault("popitem(): dictionary is empty");
        }

        var (key, value) = dict.At(dict.Count - 1);
        dict.Remove(key, out _);
        return new TupleValue([key, value]);
    }

    private static TemplateValue SetDefault(Interpreter run, DictValue dict, TemplateValue key, TemplateValue value)
    {
        if (dict.TryGet(key, out var there))
        {
            return there;
        }

        run.AllocateItems(2);
        dict.Set(key, value);
        return value;
    }
}
