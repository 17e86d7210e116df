using System.Collections.Frozen;

namespace Colibri.Text.Templates;

/// <summary>
/// value.name and value[key] with Jinja's rules: a dot tries the attribute, then the item; brackets try the item, then
/// the attribute; what is found neither way is undefined. Only what the tables here list exists: no name of Python's or
/// .NET's internals leads anywhere.
/// </summary>
internal static class Members
{
    /// <summary>value.name.</summary>
    /// <exception cref="TemplateFault">The value is undefined.</exception>
    public static TemplateValue Attribute(Interpreter run, TemplateValue value, StringValue name)
    {
        if (value is DictValue dict)
        {
            // Methods hide keys of their name, as in Python: {"items": ...}.items is the method.
            return FindMethod(value, name.Text) is { } operation ? new MethodValue(value, operation)
                : !IsHidden(name.Text) && dict.TryGet(name, out var item) ? item
                : UndefinedValue.Attribute(value, name.Text);
        }

        return AttributeOnly(run, value, name.Text) ?? UndefinedValue.Attribute(value, name.Text);
    }

    // Every object of the reference has such attributes and its sandbox hides them, so that no item is looked for.
    private static bool IsHidden(string name) => name.StartsWith("__", StringComparison.Ordinal);

    /// <summary>The attribute, without falling back to an item, or null.</summary>
    /// <exception cref="TemplateFault">The value is undefined.</exception>
    public static TemplateValue? AttributeOnly(Interpreter run, TemplateValue value, string name)
    {
        if (value is UndefinedValue undefined)
        {
            throw undefined.Fault();
        }

        return value.Attribute(run, name) ?? (FindMethod(value, name) is { } operation ? new MethodValue(value, operation) : null);
    }

    /// <summary>value[key].</summary>
    /// <exception cref="TemplateFault">The value is undefined.</exception>
    public static TemplateValue Item(Interpreter run, TemplateValue value, TemplateValue key)
    {
        switch (value)
        {
            case DictValue dict:
                if (key is StringValue or IntValue or FloatValue or BoolValue or NoneValue or TupleValue && dict.TryGet(key, out var item))
                {
                    return item;
                }

                break;
            case SequenceValue sequence when Numbers.TryInt(key, out var index):
                if (Locate(index, sequence.Values.Count) is var at and >= 0)
                {
                    return sequence.Values[at];
                }

                break;
            case StringValue text when Numbers.TryInt(key, out var index):
                if (Locate(index, text.CodePoints) is var position and >= 0)
                {
                    if (!text.IsNarrow)
                    {
                        run.StepOver(position);
                    }

                    return text.IsMarkup ? text.Like(text.At(position).Text) : text.At(position);
                }

                break;
            case RangeValue range when Numbers.TryInt(key, out var index):
                if (Locate(index, range.Count) is var turn and >= 0)
                {
                    return range.At(turn);
                }

                break;
            case UndefinedValue undefined:
                throw undefined.Fault();
        }

        return key is StringValue name && AttributeOnly(run, value, name.Text) is { } attribute
            ? attribute
            : UndefinedValue.Element(value, key);
    }

    /// <summary>value[start:stop:step].</summary>
    /// <exception cref="TemplateFault">The value cannot be cut, or a bound is no whole number.</exception>
    public static TemplateValue Slice(Interpreter run, TemplateValue value, TemplateValue? start, TemplateValue? stop, TemplateValue? step)
    {
        var stride = Bound(step) ?? 1;
        if (stride == 0)
        {
            throw new TemplateFault("slice step cannot be zero");
        }

        var length = value switch
        {
            SequenceValue sequence => sequence.Values.Count,
            StringValue text => text.CodePoints,
            RangeValue range => range.Count,
            UndefinedValue undefined => throw undefined.Fault(),
            DictValue => throw new TemplateFault("unhashable type: 'slice' (a dict cannot be cut)"),
            _ => throw new TemplateFault($"'{value.TypeName}' object is not subscriptable"),
        };
        int from, to, count;
        if (stride > 0)
        {
            from = Clamp(Bound(start) ?? 0, length, 0, length);
            to = Clamp(Bound(stop) ?? length, length, 0, length);
            count = to <= from ? 0 : (int)(((to - (long)from) + stride - 1) / stride);
        }
        else
        {
            from = Clamp(Bound(start) ?? length - 1, length, -1, length - 1);
            to = stop is null or NoneValue ? -1 : Clamp(Bound(stop)!.Value, length, -1, length - 1);
            count = to >= from ? 0 : (int)(((from - (long)to) - stride - 1) / -(long)stride);
        }

        switch (value)
        {
            case StringValue text:
                run.Allocate(count);
                return text.Like(Cut(run, text, from, count, stride));
            case RangeValue range:
                return RangeValue.Of(range.Start + (from * range.Step), range.Start + (to * range.Step), range.Step * stride);
            default:
                run.AllocateItems(count);
                var values = ((SequenceValue)value).Values;
                var items = new TemplateValue[count];
                for (var i = 0; i < count; i++)
                {
                    items[i] = values[from + (i * stride)];
                }

                return value is TupleValue ? new TupleValue(items) : new ListValue([.. items]);
        }
    }

    /// <summary>A method of the value's type, or null.</summary>
    public static Operation? FindMethod(TemplateValue value, string name)
    {
        var methods = value switch
        {
            StringValue => StringMethods.All,
            DictValue => DictMethods.All,
            ListValue => ListMethods.All,
            TupleValue or RangeValue => ListMethods.ReadOnly,
            FloatValue or IntValue => NumberMethods,
            _ => null,
        };
        return methods is not null && methods.TryGetValue(name, out var operation) ? operation : null;
    }

    private static readonly FrozenDictionary<string, Operation> NumberMethods = new[]
    {
        new Operation("is_integer", "", static (_, self, _) => BoolValue.Of(self is not FloatValue f || double.IsInteger(f.Value))),
        new Operation("bit_length", "", static (_, self, _) => self is IntValue i
            ? IntValue.Of(System.Numerics.BigInteger.Abs(i.Big).GetBitLength())
            : throw new TemplateFault("'float object' has no attribute 'bit_length'")),
    }.ToFrozenDictionary(operation => operation.Name);

    private static int Locate(IntValue index, int length)
    {
        var at = index.Clamped();
        at = at < 0 ? at + length : at;
        return at < length ? at : -1;
    }

    // A bound as an int; those beyond an int's range clamp to it, which no length reaches.
    private static int? Bound(TemplateValue? value) => value is null or NoneValue ? null
        : Numbers.TryInt(value, out var number) ? Math.Max(number.Clamped(), -int.MaxValue)
        : throw new TemplateFault("slice indices must be integers or None");

    private static int Clamp(int bound, int length, int least, int most) =>
        Math.Clamp(bound < 0 ? bound + length : bound, least, most);

    private static string Cut(Interpreter run, StringValue text, int from, int count, int stride)
    {
        if (count == 0)
        {
            return "";
        }

        if (stride == 1)
        {
            if (text.IsNarrow)
            {
                return text.Text.Substring(from, count);
            }

            run.StepOver(text.Text.Length);
            var start = PythonText.OffsetOf(text.Text, from);
            var end = start;
            for (var i = 0; i < count; i++)
            {
                end += PythonText.WidthAt(text.Text, end);
            }

            return text.Text[start..end];
        }

        run.StepOver(text.Text.Length);
        var offsets = new List<int>(text.CodePoints);
        for (var at = 0; at < text.Text.Length; at += PythonText.WidthAt(text.Text, at))
        {
            offsets.Add(at);
        }

        var result = new System.Text.StringBuilder(count);
        for (var i = 0; i < count; i++)
        {
            var at = offsets[from + (i * stride)];
            result.Append(text.Text, at, PythonText.WidthAt(text.Text, at));
        }

        return result.ToString();
    }
}
