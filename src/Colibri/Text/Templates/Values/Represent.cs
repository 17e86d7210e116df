using System.Globalization;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>str() and repr() of values.</summary>
internal static class Represent
{
    /// <summary>str(value), what printing gives.</summary>
    public static string Str(Interpreter run, TemplateValue value)
    {
        switch (value)
        {
            case StringValue s:
                return s.Text;
            case UndefinedValue:
                return "";
            case IntValue { IsBig: false } i:
                return i.Small.ToString(CultureInfo.InvariantCulture);
            default:
                var result = new ChargedText(run);
                Repr(run, value, result, 0);
                return result.ToString();
        }
    }

    /// <summary>repr(value).</summary>
    public static string Repr(Interpreter run, TemplateValue value)
    {
        var result = new ChargedText(run);
        Repr(run, value, result, 0);
        return result.ToString();
    }

    /// <summary>Text between quotes, with what does not print escaped, as Python's repr() does.</summary>
    public static string Quote(string text)
    {
        var quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var result = new StringBuilder(text.Length + 2);
        result.Append(quote);
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var width);
            var c = text[at];
            if (c == quote || c == '\\')
            {
                result.Append('\\').Append(c);
            }
            else if (c is '\n' or '\r' or '\t')
            {
                result.Append('\\').Append(c switch { '\n' => 'n', '\r' => 'r', _ => 't' });
            }
            else if (width == 1 && char.IsSurrogate(c))
            {
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else if (PythonText.IsPrintable(rune))
            {
                result.Append(text, at, width);
            }
            else
            {
                result.Append(rune.Value switch
                {
                    < 0x100 => $"\\x{rune.Value:x2}",
                    < 0x10000 => $"\\u{rune.Value:x4}",
                    _ => $"\\U{rune.Value:x8}",
                });
            }

            at += width;
        }

        return result.Append(quote).ToString();
    }

    /// <summary>An int's decimal digits.</summary>
    public static string Decimal(IntValue value) => value.Big.ToString(CultureInfo.InvariantCulture);

    private static void Repr(Interpreter run, TemplateValue value, ChargedText result, int depth)
    {
        run.Step();
        if (depth > TemplateLimits.MaxTreeDepth)
        {
            throw new TemplateFault($"a value that nests more than {TemplateLimits.MaxTreeDepth} deep cannot be printed");
        }

        switch (value)
        {
            case StringValue s:
                result.Append(s.IsMarkup ? $"Markup({Quote(s.Text)})" : Quote(s.Text));
                break;
            case IntValue i:
                result.Append(Decimal(i));
                break;
            case FloatValue f:
                result.Append(PythonFloat.Repr(f.Value));
                break;
            case BoolValue b:
                result.Append(b.IsTrue ? "True" : "False");
                break;
            case NoneValue:
                result.Append("None");
                break;
            case UndefinedValue:
                result.Append("Undefined");
                break;
            case ListValue list:
                result.Append('[');
                Items(run, list.Items, result, depth);
                result.Append(']');
                break;
            case TupleValue tuple:
                result.Append('(');
                Items(run, tuple.Items, result, depth);
                result.Append(tuple.Items.Length == 1 ? ",)" : ")");
                break;
            case DictValue dict:
                Entries(run, dict, result, depth);
                break;
            case DictViewValue view:
                result.Append(view.TypeName).Append("([");
                View(run, view, result, depth);
                result.Append("])");
                break;
            case RangeValue range:
                var end = range.Step == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $", {range.Step}");
                result.Append(string.Create(CultureInfo.InvariantCulture, $"range({range.Start}, {range.Stop}{end})"));
                break;
            case NamespaceValue space:
                result.Append("<Namespace ");
                Entries(run, space.Attributes, result, depth);
                result.Append('>');
                break;
            case LoopValue loop:
                result.Append(string.Create(CultureInfo.InvariantCulture, $"<LoopContext {loop.Index0 + 1}/{loop.Length(run)}>"));
                break;
            case MacroValue macro:
                result.Append(macro.Name is null ? "<Macro anonymous>" : $"<Macro {Quote(macro.Name)}>");
                break;
            case FunctionValue function:
                result.Append($"<function {function.Name}>");
                break;
            case MethodValue method:
                result.Append($"<built-in method {method.Name} of {method.Owner.TypeName} object>");
                break;
            case GeneratorValue generator:
                result.Append($"<generator object {generator.Kind}>");
                break;
            default:
                result.Append($"<{value.TypeName} object>");
                break;
        }
    }

    private static void Items(Interpreter run, IReadOnlyList<TemplateValue> items, ChargedText result, int depth)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
            {
                result.Append(", ");
            }

            Repr(run, items[i], result, depth + 1);
        }
    }

    private static void Entries(Interpreter run, DictValue dict, ChargedText result, int depth)
    {
        result.Append('{');
        for (var i = 0; i < dict.Count; i++)
        {
            if (i > 0)
            {
                result.Append(", ");
            }

            var (key, value) = dict.At(i);
            Repr(run, key, result, depth + 1);
            result.Append(": ");
            Repr(run, value, result, depth + 1);
        }

        result.Append('}');
    }

    private static void View(Interpreter run, DictViewValue view, ChargedText result, int depth)
    {
        var items = view.Iterate(run);
        for (var first = true; items.Next(run, out var item); first = false)
        {
            if (!first)
            {
                result.Append(", ");
            }

            Repr(run, item, result, depth + 1);
        }
    }
}
