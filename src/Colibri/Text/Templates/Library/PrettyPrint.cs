namespace Colibri.Text.Templates;

/// <summary>pprint: repr() with sorted keys, broken over lines where it is wider than 80 characters.</summary>
internal static class PrettyPrint
{
    private const int Width = 80;

    public static string Format(Interpreter run, TemplateValue value)
    {
        var result = new ChargedText(run);
        Format(run, value, result, 0, 0, 0);
        return result.ToString();
    }

    // allowance: characters that must fit behind the value on its last line.
    private static void Format(Interpreter run, TemplateValue value, ChargedText result, int indent, int allowance, int depth)
    {
        if (depth > TemplateLimits.MaxTreeDepth)
        {
            throw new TemplateFault($"pprint() of a value that nests more than {TemplateLimits.MaxTreeDepth} deep");
        }

        var line = Represent.Repr(run, Sorted(run, value, depth));
        if (line.Length <= Width - indent - allowance)
        {
            result.Append(line);
            return;
        }

        switch (value)
        {
            case DictValue dict:
                result.Append('{');
                var entries = Entries(run, dict);
                for (var i = 0; i < entries.Count; i++)
                {
                    if (i > 0)
                    {
                        result.Append(",\n").Append(' ', indent + 1);
                    }

                    var entry = ((TupleValue)entries[i]).Items;
                    var key = Represent.Repr(run, entry[0]);
                    result.Append(key).Append(": ");
                    Format(run, entry[1], result, indent + key.Length + 3, i == entries.Count - 1 ? allowance + 1 : 1, depth + 1);
                }

                result.Append('}');
                break;
            case SequenceValue list:
                result.Append(list is ListValue ? '[' : '(');
                var close = list is ListValue ? "]" : list.Values.Count == 1 ? ",)" : ")";
                for (var i = 0; i < list.Values.Count; i++)
                {
                    if (i > 0)
                    {
                        result.Append(",\n").Append(' ', indent + 1);
                    }

                    Format(run, list.Values[i], result, indent + 1, i == list.Values.Count - 1 ? allowance + close.Length : 1, depth + 1);
                }

                result.Append(close);
                break;
            case StringValue { IsMarkup: false } text:
                Text(run, text.Text, result, indent, allowance, depth == 0);
                break;
            default:
                result.Append(line);
                break;
        }
    }

    // A long text as pieces that end at line ends and behind white space, one below the other.
    private static void Text(Interpreter run, string text, ChargedText result, int indent, int allowance, bool outermost)
    {
        indent += outermost ? 1 : 0;
        allowance += outermost ? 1 : 0;
        var pieces = new List<string>();
        var lines = PythonText.SplitLines(text, keepEnds: true);
        for (var i = 0; i < lines.Count; i++)
        {
            var behind = i == lines.Count - 1 ? allowance : 0;
            var whole = Represent.Quote(lines[i]);
            if (whole.Length <= Width - indent - behind)
            {
                pieces.Add(whole);
            }
            else
            {
                Words(run, lines[i], pieces, Width - indent, behind);
            }
        }

        result.Append(outermost && pieces.Count > 1 ? "(" : "");
        for (var i = 0; i < pieces.Count; i++)
        {
            if (i > 0)
            {
                result.Append('\n').Append(' ', indent);
            }

            result.Append(pieces[i]);
        }

        result.Append(outermost && pieces.Count > 1 ? ")" : "");
    }

    private static void Words(Interpreter run, string line, List<string> pieces, int width, int behind)
    {
        var start = 0;
        for (int at = 0, next; at < line.Length; at = next)
        {
            next = at;
            while (next < line.Length && !PythonText.IsSpace(line[next]))
            {
                next++;
            }

            while (next < line.Length && PythonText.IsSpace(line[next]))
            {
                next++;
            }

            run.StepOver(next - start);
            var room = next == line.Length ? width - behind : width;
            if (Represent.Quote(line[start..next]).Length > room)
            {
                if (at > start)
                {
                    pieces.Add(Represent.Quote(line[start..at]));
                }

                start = at;
            }
        }

        pieces.Add(Represent.Quote(line[start..]));
    }

    private static List<TemplateValue> Entries(Interpreter run, DictValue dict)
    {
        var entries = Conversions.Items(run, new DictViewValue(dict, DictPart.Items));
        var keys = entries.ConvertAll(entry => ((TupleValue)entry).Items[0]);
        return keys.TrueForAll(key => key is StringValue) || keys.TrueForAll(key => key is IntValue or FloatValue or BoolValue)
            ? Sorting.Sort(run, entries, keys, false)
            : entries;
    }

    private static TemplateValue Sorted(Interpreter run, TemplateValue value, int depth)
    {
        if (depth > TemplateLimits.MaxTreeDepth)
        {
            return value;
        }

        switch (value)
        {
            case DictValue dict:
                var sorted = new DictValue(dict.Count);
                foreach (var entry in Entries(run, dict))
                {
                    var pair = ((TupleValue)entry).Items;
                    run.AllocateItems(2);
                    sorted.Set(pair[0], Sorted(run, pair[1], depth + 1));
                }

                return sorted;
            case ListValue list:
                return new ListValue([.. Each(list)]);
            case TupleValue tuple:
                return new TupleValue(Each(tuple));
            default:
                return value;
        }

        TemplateValue[] Each(SequenceValue list)
        {
            run.AllocateItems(list.Values.Count);
            return [.. list.Values.Select(item => Sorted(run, item, depth + 1))];
        }
    }
}
