namespace Colibri.Text.Templates;

/// <summary>text.format(...): replacement fields in braces.</summary>
internal static class BraceFormat
{
    private const int MaxDepth = 2;

    /// <exception cref="TemplateFault">The format is malformed, or names a value that is not there.</exception>
    public static StringValue Apply(Interpreter run, StringValue format, TemplateValue[] positional, Func<string, TemplateValue?> named)
    {
        var automatic = 0;
        return format.Like(Expand(run, format.Text, format.IsMarkup, positional, named, ref automatic, MaxDepth));
    }

    private static string Expand(
        Interpreter run, string text, bool escape, TemplateValue[] positional, Func<string, TemplateValue?> named, ref int automatic, int depth)
    {
        if (depth == 0)
        {
            throw new TemplateFault("replacement fields nest too deeply");
        }

        var result = new ChargedText(run);
        var at = 0;
        while (at < text.Length)
        {
            var c = text[at++];
            if (c is not ('{' or '}'))
            {
                result.Append(c);
                continue;
            }

            if (at < text.Length && text[at] == c)
            {
                result.Append(c);
                at++;
                continue;
            }

            if (c == '}')
            {
                throw new TemplateFault("single '}' encountered in format string");
            }

            run.Step();
            var field = Field(text, ref at);
            var (name, conversion, spec) = Split(field);
            var value = Look(run, name, positional, named, ref automatic);
            if (spec.Contains('{', StringComparison.Ordinal))
            {
                spec = Expand(run, spec, false, positional, named, ref automatic, depth - 1);
            }

            value = conversion switch
            {
                '\0' => value,
                's' => StringValue.Of(Represent.Str(run, value)),
                'r' => StringValue.Of(Represent.Repr(run, value)),
                'a' => StringValue.Of(FormatSpec.Ascii(Represent.Repr(run, value))),
                _ => throw new TemplateFault($"unknown conversion '{conversion}' in format string"),
            };
            var piece = FormatSpec.Format(run, value, spec);
            result.Append(escape && value is not StringValue { IsMarkup: true } ? Markup.Escape(piece) : piece);
        }

        return result.ToString();
    }

    private static string Field(string text, ref int at)
    {
        var start = at;
        for (var depth = 1; at < text.Length; at++)
        {
            depth += text[at] == '{' ? 1 : text[at] == '}' ? -1 : 0;
            if (depth == 0)
            {
                return text[start..at++];
            }
        }

        throw new TemplateFault("expected '}' before end of string");
    }

    private static (string Name, char Conversion, string Spec) Split(string field)
    {
        var end = 0;
        var inBrackets = false;
        while (end < field.Length && (inBrackets || field[end] is not ('!' or ':')))
        {
            inBrackets = field[end] == '[' || (inBrackets && field[end] != ']');
            end++;
        }

        var name = field[..end];
        if (end < field.Length && field[end] == '!')
        {
            return end + 1 < field.Length && (end + 2 == field.Length || field[end + 2] == ':')
                ? (name, field[end + 1], end + 2 == field.Length ? "" : field[(end + 3)..])
                : throw new TemplateFault("expected ':' after conversion specifier");
        }

        return (name, '\0', end < field.Length ? field[(end + 1)..] : "");
    }

    private static TemplateValue Look(
        Interpreter run, string name, TemplateValue[] positional, Func<string, TemplateValue?> named, ref int automatic)
    {
        var end = name.AsSpan().IndexOfAny('.', '[');
        end = end < 0 ? name.Length : end;
        var first = name[..end];
        TemplateValue value;
        if (first.Length == 0 || first.All(char.IsAsciiDigit))
        {
            // Below zero: fields were numbered by hand, and cannot be counted as well.
            if (first.Length == 0 ? automatic < 0 : automatic > 0)
            {
                throw new TemplateFault("a format cannot mix numbered fields and fields without a number");
            }

            automatic = first.Length == 0 ? automatic : -1;
            var index = first.Length == 0 ? automatic++ : first.Length > 6 ? int.MaxValue : int.Parse(first, System.Globalization.CultureInfo.InvariantCulture);
            value = index < positional.Length
                ? positional[index]
                : throw new TemplateFault($"replacement index {first} out of range for positional args tuple");
        }
        else
        {
            value = named(first) ?? throw new TemplateFault($"the format names '{PythonText.OneLine(first, 60)}', which is not among the values");
        }

        while (end < name.Length)
        {
            var start = end + 1;
            if (name[end] == '.')
            {
                end = name.AsSpan(start).IndexOfAny('.', '[') is var next and >= 0 ? start + next : name.Length;
                value = Members.Attribute(run, value, new StringValue(name[start..end]));
            }
            else
            {
                var close = name.IndexOf(']', start);
                if (close < 0)
                {
                    throw new TemplateFault("expected '}' before end of string");
                }

                var key = name[start..close];
                value = Members.Item(run, value, key.Length is > 0 and < 7 && key.All(char.IsAsciiDigit)
                    ? IntValue.Of(int.Parse(key, System.Globalization.CultureInfo.InvariantCulture))
                    : new StringValue(key));
                end = close + 1;
                if (end < name.Length && name[end] is not ('.' or '['))
                {
                    throw new TemplateFault("only '.' or '[' may follow ']' in format field specifier");
                }
            }
        }

        return value;
    }
}
