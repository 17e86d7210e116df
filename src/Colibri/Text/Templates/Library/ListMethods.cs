using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>
/// The methods of list. Those that change it exist although the reference's sandbox refuses them: templates written for
/// other engines use them, and they change nothing outside the rendering.
/// </summary>
internal static class ListMethods
{
    /// <summary>Those that tuples and ranges have as well.</summary>
    public static FrozenDictionary<string, Operation> ReadOnly { get; } = new Operation[]
    {
        new("index", "value start? stop?", static (run, self, a) => IndexOf(run, self, a)),
        new("count", "value", static (run, self, a) => Count(run, self, a[0]!)),
    }.ToFrozenDictionary(operation => operation.Name);

    public static FrozenDictionary<string, Operation> All { get; } = new Operation[]
    {
        ReadOnly["index"],
        ReadOnly["count"],
        new("append", "value", static (run, self, a) => Change(run, self, 1, items => items.Add(a[0]!))),
        new("extend", "values", static (run, self, a) =>
        {
            var added = Conversions.Items(run, a[0]!);
            return Change(run, self, added.Count, items => items.AddRange(added));
        }),
        new("insert", "index value", static (run, self, a) => Change(run, self, 1, items =>
        {
            run.StepOver(items.Count);
            var at = Conversions.Count(a[0], 0, "index");
            items.Insert(Math.Clamp(at < 0 ? at + items.Count : at, 0, items.Count), a[1]!);
        })),
        new("pop", "index?", static (run, self, a) => Pop(run, Items(self), Conversions.Count(a[0], -1, "index"))),
        new("remove", "value", static (run, self, a) =>
        {
            var items = Items(self);
            var at = Find(run, items, a[0]!, 0, items.Count);
            return at >= 0 ? Change(run, self, 0, list => list.RemoveAt(at)) : throw new TemplateFault("list.remove(x): x not in list");
        }),
        new("reverse", "", static (run, self, _) => Change(run, self, 0, items =>
        {
            run.Step(items.Count);
            items.Reverse();
        })),
        new("sort", "key? reverse?", static (run, self, a) => Sort(run, self, a)),
        new("clear", "", static (run, self, _) => Change(run, self, 0, items => items.Clear())),
        new("copy", "", static (run, self, _) =>
        {
            run.AllocateItems(Items(self).Count);
            return new ListValue([.. Items(self)]);
        }),
    }.ToFrozenDictionary(operation => operation.Name);

    private static List<TemplateValue> Items(TemplateValue self) => ((ListValue)self).Items;

    private static NoneValue Change(Interpreter run, TemplateValue self, int added, Action<List<TemplateValue>> change)
    {
        run.AllocateItems(added);
        change(Items(self));
        return NoneValue.Instance;
    }

    private static NoneValue Sort(Interpreter run, TemplateValue self, TemplateValue?[] arguments)
    {
        if (arguments[0] is not (null or NoneValue))
        {
            throw new TemplateFault("list.sort(key=...) is not supported; use the filter sort(attribute=...)");
        }

        var items = Items(self);
        var sorted = Sorting.Sort(run, items, items, arguments[1]?.IsTrue ?? false);
        items.Clear();
        items.AddRange(sorted);
        return NoneValue.Instance;
    }

    private static IReadOnlyList<TemplateValue> Values(Interpreter run, TemplateValue self) =>
        self is SequenceValue sequence ? sequence.Values : Conversions.Items(run, self);

    private static IntValue IndexOf(Interpreter run, TemplateValue self, TemplateValue?[] arguments)
    {
        var items = Values(run, self);
        var start = Bound(Conversions.Count(arguments[1], 0, "start"), items.Count);
        var stop = Bound(Conversions.Count(arguments[2], int.MaxValue, "stop"), items.Count);
        var at = Find(run, items, arguments[0]!, start, stop);
        return at >= 0 ? IntValue.Of(at) : throw new TemplateFault($"{PythonText.Shorten(arguments[0]!)} is not in the {self.TypeName}");
    }

    private static int Bound(int at, int count) => Math.Clamp(at < 0 ? at + count : at, 0, count);

    private static int Find(Interpreter run, IReadOnlyList<TemplateValue> items, TemplateValue wanted, int start, int stop)
    {
        for (var i = start; i < stop; i++)
        {
            if (ReferenceEquals(items[i], wanted) || Equality.Equal(run, items[i], wanted))
            {
                return i;
            }
        }

        return -1;
    }

    private static IntValue Count(Interpreter run, TemplateValue self, TemplateValue wanted)
    {
        var count = 0;
        foreach (var item in Values(run, self))
        {
            count += ReferenceEquals(item, wanted) || Equality.Equal(run, item, wanted) ? 1 : 0;
        }

        return IntValue.Of(count);
    }

    private static TemplateValue Pop(Interpreter run, List<TemplateValue> items, int index)
    {
        var at = index < 0 ? index + items.Count : index;
        if (at < 0 || at >= items.Count)
        {
            throw new TemplateFault(items.Count == 0 ? "pop from empty list" : "pop index out of range");
        }

        run.StepOver(items.Count - at);
        var item = items[at];
        items.RemoveAt(at);
        return item;
    }
}
