using System.Globalization;

namespace Colibri.Text.Templates;

/// <summary>How tojson writes.</summary>
/// <param name="Ascii">Whether what is not ASCII is escaped.</param>
/// <param name="Indent">What a level is indented by, or null for one line.</param>
/// <param name="ItemSeparator">Between items.</param>
/// <param name="KeySeparator">Between a key and its value.</param>
/// <param name="SortKeys">Whether a dict's keys are sorted.</param>
internal readonly record struct JsonStyle(bool Ascii, string? Indent, string ItemSeparator, string KeySeparator, bool SortKeys)
{
    /// <summary>From the arguments ensure_ascii, indent, separators and sort_keys, with the defaults of Python's json.dumps
    /// except that text stays as it is.</summary>
    /// <exception cref="TemplateFault">An argument has the wrong type.</exception>
    public static JsonStyle Of(TemplateValue?[] arguments)
    {
        var indent = arguments[1] switch
        {
            null or NoneValue => null,
            StringValue s => s.Text,
            var count => new string(' ', Math.Clamp(Conversions.Count(count, 0, "indent"), 0, 1000)),
        };
        var (item, key) = (indent is null ? ", " : ",", ": ");
        if (arguments[2] is not (null or NoneValue))
        {
            if (arguments[2] is not SequenceValue { Values: [StringValue first, StringValue second] })
            {
                throw new TemplateFault("tojson()'s separators must be a pair of texts, for items and keys");
            }

            (item, key) = (first.Text, second.Text);
        }

        return new JsonStyle(arguments[0]?.IsTrue ?? false, indent, item, key, arguments[3]?.IsTrue ?? false);
    }
}

/// <summary>JSON exactly as Python's json.dumps writes it.</summary>
internal static class JsonText
{
    /// <exception cref="TemplateFault">The value holds something JSON has no form for.</exception>
    public static string Write(Interpreter run, TemplateValue value, JsonStyle style)
    {
        var result = new ChargedText(run);
        Write(run, value, style, result, 0);
        return result.ToString();
    }

    private static void Write(Interpreter run, TemplateValue value, JsonStyle style, ChargedText result, int depth)
    {
        run.Step();
        switch (value)
        {
            case StringValue s:
                Text(s.Text, style.Ascii, result);
                break;
            case NoneValue:
                result.Append("null");
                break;
            case BoolValue b:
                result.Append(b.IsTrue ? "true" : "false");
                break;
            case IntValue i:
                result.Append(Represent.Decimal(i));
                break;
            case FloatValue f:
                result.Append(Float(f.Value));
                break;
            case SequenceValue list:
                List(run, list, style, result, depth);
                break;
            case DictValue dict:
                Dict(run, dict, style, result, depth);
                break;
            case UndefinedValue:
                throw new TemplateFault("tojson() of an undefined value: Object of type Undefined is not JSON serializable");
            default:
                throw new TemplateFault($"Object of type {value.TypeName} is not JSON serializable");
        }
    }

    private static string Float(double value) => double.IsFinite(value) ? PythonFloat.Repr(value)
        : double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static void List(Interpreter run, SequenceValue list, JsonStyle style, ChargedText result, int depth)
    {
        CheckDepth(depth);
        result.Append('[');
        for (var i = 0; i < list.Values.Count; i++)
        {
            Separate(style, result, i == 0, depth + 1);
            Write(run, list.Values[i], style, result, depth + 1);
        }

        Close(style, result, ']', list.Values.Count == 0, depth);
    }

    private static void Dict(Interpreter run, DictValue dict, JsonStyle style, ChargedText result, int depth)
    {
        CheckDepth(depth);
        var entries = Conversions.Items(run, new DictViewValue(dict, DictPart.Items));
        if (style.SortKeys)
        {
            entries = Sorting.Sort(run, entries, entries.ConvertAll(entry => ((TupleValue)entry).Items[0]), false);
        }

        result.Append('{');
        for (var i = 0; i < entries.Count; i++)
        {
            Separate(style, result, i == 0, depth + 1);
            var entry = ((TupleValue)entries[i]).Items;
            Text(Key(entry[0]), style.Ascii, result);
            result.Append(style.KeySeparator);
            Write(run, entry[1], style, result, depth + 1);
        }

        Close(style, result, '}', entries.Count == 0, depth);
    }

    private static string Key(TemplateValue key) => key switch
    {
        StringValue s => s.Text,
        BoolValue b => b.IsTrue ? "true" : "false",
        NoneValue => "null",
        IntValue i => Represent.Decimal(i),
        FloatValue f => Float(f.Value),
        _ => throw new TemplateFault($"keys must be str, int, float, bool or None, not {key.TypeName}"),
    };

    private static void Separate(JsonStyle style, ChargedText result, bool first, int depth)
    {
        if (!first)
        {
            result.Append(style.ItemSeparator);
        }

        Line(style, result, depth);
    }

    private static void Close(JsonStyle style, ChargedText result, char bracket, bool empty, int depth)
    {
        if (!empty)
        {
            Line(style, result, depth);
        }

        result.Append(bracket);
    }

    private static void Line(JsonStyle style, ChargedText result, int depth)
    {
        if (style.Indent is null)
        {
            return;
        }

        result.Append('\n');
        for (var i = 0; i < depth; i++)
        {
            result.Append(style.Indent);
        }
    }

    private static void CheckDepth(int depth)
    {
        if (depth > TemplateLimits.MaxTreeDepth)
        {
            throw new TemplateFault($"tojson() of a value that nests more than {TemplateLimits.MaxTreeDepth} deep");
        }
    }

    private static void Text(string text, bool ascii, ChargedText result)
    {
        result.Append('"');
        var start = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c is >= ' ' and not ('"' or '\\') && (!ascii || c < 0x80))
            {
                continue;
            }

            result.Append(text.AsSpan(start, at - start));
            start = at + 1;
            result.Append(c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            });
        }

        result.Append(text.AsSpan(start)).Append('"');
    }
}
