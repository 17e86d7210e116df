namespace Colibri.Text.Templates;

/// <summary>Filters that work on lists, dicts and whatever else can be iterated.</summary>
internal static class SequenceFilters
{
    public static IntValue Length(Interpreter run, TemplateValue value) => value.Length(run) is var length and >= 0
        ? IntValue.Of(length)
        : throw new TemplateFault($"object of type '{value.TypeName}' has no len()");

    public static TemplateValue First(Interpreter run, TemplateValue value) =>
        Conversions.Iterate(run, value).Next(run, out var item) ? item : UndefinedValue.Because("No first item, sequence was empty.");

    public static TemplateValue Last(Interpreter run, TemplateValue value)
    {
        var items = value switch
        {
            StringValue s => new ListIterator(s.CodePoints == 0 ? [] : [s.At(s.CodePoints - 1)]),
            _ => Reversed(value) ?? throw new TemplateFault($"'{value.TypeName}' object is not reversible; make it a list first"),
        };
        return items.Next(run, out var item) ? item : UndefinedValue.Because("No last item, sequence was empty.");
    }

    public static StringValue Join(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var separator = arguments[0] is null ? "" : Represent.Str(run, arguments[0]!);
        var path = arguments[1] is null or NoneValue ? null : AttributePath.Of(arguments[1]!);
        var result = new ChargedText(run);
        var items = Conversions.Iterate(run, value);
        for (var first = true; items.Next(run, out var item); first = false)
        {
            if (!first)
            {
                result.Append(separator);
            }

            result.Append(Represent.Str(run, path is null ? item : path.Get(run, item)));
        }

        return StringValue.Of(result.ToString());
    }

    public static TemplateValue Entries(Interpreter run, TemplateValue value) => value switch
    {
        UndefinedValue => new GeneratorValue("items", ValueIterator.Empty),
        DictValue dict => new GeneratorValue("items", new DictIterator(dict, DictPart.Items)),
        _ => throw new TemplateFault($"items() works on mappings, not {value.TypeName}"),
    };

    public static TemplateValue Reverse(Interpreter run, TemplateValue value)
    {
        if (value is StringValue s)
        {
            return Members.Slice(run, s, null, null, IntValue.Of(-1));
        }

        if (Reversed(value) is { } iterator)
        {
            return new GeneratorValue("reverse", iterator);
        }

        var items = Conversions.Items(run, value);
        items.Reverse();
        return new ListValue(items);
    }

    public static ListValue Sort(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var items = Conversions.Items(run, value);
        var paths = AttributePath.Several(arguments[2]);
        var caseSensitive = arguments[1]?.IsTrue ?? false;
        var keys = new List<TemplateValue>(items.Count);
        foreach (var item in items)
        {
            var key = new TemplateValue[paths.Count];
            for (var i = 0; i < key.Length; i++)
            {
                key[i] = Fold(run, paths[i].Get(run, item), caseSensitive);
            }

            keys.Add(new TupleValue(key));
        }

        return new ListValue(Sorting.Sort(run, items, keys, arguments[0]?.IsTrue ?? false));
    }

    public static ListValue SortDict(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        if (value is not DictValue dict)
        {
            throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"dictsort() works on dict, not {value.TypeName}");
        }

        var part = Conversions.Text(arguments[1], "key", "by") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateFault("dictsort() sorts by \"key\" or \"value\""),
        };
        var caseSensitive = arguments[0]?.IsTrue ?? false;
        var items = Conversions.Items(run, new DictViewValue(dict, DictPart.Items));
        var keys = items.ConvertAll(item => Fold(run, ((TupleValue)item).Items[part], caseSensitive));
        return new ListValue(Sorting.Sort(run, items, keys, arguments[2]?.IsTrue ?? false));
    }

    public static GeneratorValue Unique(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var caseSensitive = arguments[0]?.IsTrue ?? false;
        var path = arguments[1] is null or NoneValue ? AttributePath.Itself : AttributePath.Of(arguments[1]!);
        return new GeneratorValue("unique", new SequenceIterator(Items(Conversions.Iterate(run, value)).GetEnumerator()));

        IEnumerable<TemplateValue> Items(ValueIterator items)
        {
            var seen = new HashSet<TemplateValue>(ValueKey.Comparer);
            while (items.Next(run, out var item))
            {
                run.AllocateItems(2);
                if (seen.Add(Fold(run, path.Get(run, item), caseSensitive)))
                {
                    yield return item;
                }
            }
        }
    }

    /// <summary>The least (sign -1) or greatest (1) item, the first of equals.</summary>
    public static TemplateValue Extreme(Interpreter run, TemplateValue value, TemplateValue?[] arguments, int sign)
    {
        var caseSensitive = arguments[0]?.IsTrue ?? false;
        var path = arguments[1] is null or NoneValue ? AttributePath.Itself : AttributePath.Of(arguments[1]!);
        var items = Conversions.Iterate(run, value);
        if (!items.Next(run, out var best))
        {
            return UndefinedValue.Because("No aggregated item, sequence was empty.");
        }

        var bestKey = Fold(run, path.Get(run, best), caseSensitive);
        while (items.Next(run, out var item))
        {
            var key = Fold(run, path.Get(run, item), caseSensitive);
            if (Equality.Compare(run, key, bestKey, sign < 0 ? "<" : ">") * sign > 0)
            {
                best = item;
                bestKey = key;
            }
        }

        return best;
    }

    public static TemplateValue Sum(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var path = arguments[0] is null or NoneValue ? AttributePath.Itself : AttributePath.Of(arguments[0]!);
        var total = arguments[1] ?? IntValue.Zero;
        if (total is StringValue)
        {
            throw new TemplateFault("sum() cannot sum strings; use join()");
        }

        var items = Conversions.Iterate(run, value);
        while (items.Next(run, out var item))
        {
            total = Operators.Apply(run, BinaryOperator.Add, total, path.Get(run, item));
        }

        return total;
    }

    public static GeneratorValue Batch(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var size = Conversions.Count(arguments[0], 0, "linecount");
        return new GeneratorValue("batch", new SequenceIterator(Rows(Conversions.Iterate(run, value)).GetEnumerator()));

        IEnumerable<TemplateValue> Rows(ValueIterator items)
        {
            var row = new List<TemplateValue>();
            while (items.Next(run, out var item))
            {
                if (row.Count == size)
                {
                    yield return new ListValue(row);
                    row = [];
                }

                run.AllocateItems(1);
                row.Add(item);
            }

            if (row.Count == 0)
            {
                yield break;
            }

            if (arguments[1] is not (null or NoneValue) && row.Count < size)
            {
                run.AllocateItems(size - row.Count);
                row.AddRange(Enumerable.Repeat(arguments[1]!, size - row.Count));
            }

            yield return new ListValue(row);
        }
    }

    public static GeneratorValue Slice(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var slices = Conversions.Count(arguments[0], 0, "slices");
        var items = Conversions.Items(run, value);
        if (slices == 0)
        {
            throw new TemplateFault("integer division or modulo by zero");
        }

        return new GeneratorValue("slice", new SequenceIterator(Columns().GetEnumerator()));

        IEnumerable<TemplateValue> Columns()
        {
            var each = slices < 0 ? 0 : items.Count / slices;
            var longer = slices < 0 ? 0 : items.Count % slices;
            var at = 0;
            for (var i = 0; i < slices; i++)
            {
                var size = each + (i < longer ? 1 : 0);
                run.AllocateItems(size + 1);
                var column = items.GetRange(at, size);
                at += size;
                if (arguments[1] is not (null or NoneValue) && i >= longer)
                {
                    column.Add(arguments[1]!);
                }

                yield return new ListValue(column);
            }
        }
    }

    public static ListValue GroupBy(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var path = AttributePath.Of(arguments[0]!, arguments[1]);
        var caseSensitive = arguments[2]?.IsTrue ?? false;
        var items = Conversions.Items(run, value);
        var sorted = Sorting.Sort(run, items, items.ConvertAll(item => Fold(run, path.Get(run, item), caseSensitive)), false);
        var groups = new List<TemplateValue>();
        List<TemplateValue>? group = null;
        TemplateValue? current = null;
        foreach (var item in sorted)
        {
            var key = Fold(run, path.Get(run, item), caseSensitive);
            if (group is null || !Equality.Equal(run, key, current!))
            {
                run.AllocateItems(4);
                group = [];
                current = key;
                groups.Add(new TupleValue([path.Get(run, item), new ListValue(group)], isGroup: true));
            }

            group.Add(item);
        }

        return new ListValue(groups);
    }

    // reversed(value), or null where Python has none for it.
    private static ValueIterator? Reversed(TemplateValue value) => value switch
    {
        SequenceValue sequence => new ListIterator([.. sequence.Values.Reverse()]),
        RangeValue range => range.Reversed(),
        UndefinedValue => ValueIterator.Empty,
        DictValue dict => new DictIterator(dict, DictPart.Keys, reversed: true),
        DictViewValue view => new DictIterator(view.Dict, view.Part, reversed: true),
        _ => null,
    };

    // Text is compared without regard to case unless asked otherwise.
    private static TemplateValue Fold(Interpreter run, TemplateValue value, bool caseSensitive)
    {
        if (caseSensitive || value is not StringValue s)
        {
            return value;
        }

        run.Allocate(s.Text.Length);
        return StringValue.Of(PythonCase.ToLower(s.Text));
    }
}
