using System.Text;

namespace Colibri.Text.Templates;

/// <summary>Filters that make text.</summary>
internal static class TextFilters
{
    /// <summary>The value as text; text marked safe stays marked.</summary>
    public static StringValue Soft(Interpreter run, TemplateValue value) => value as StringValue ?? StringValue.Of(Represent.Str(run, value));

    /// <summary>A method of str without arguments, on any value.</summary>
    public static TemplateValue Method(Interpreter run, TemplateValue value, string name) =>
        StringMethods.All[name].Apply(run, Soft(run, value), CallArguments.None);

    public static StringValue Trim(Interpreter run, TemplateValue value, TemplateValue? characters)
    {
        var text = Soft(run, value);
        run.Allocate(text.Text.Length);
        return text.Like(PythonText.Strip(text.Text, Conversions.OptionalText(characters, "trim()'s characters"), true, true));
    }

    /// <summary>Unlike str.title(), starts words only after white space, hyphens and opening brackets.</summary>
    public static StringValue Title(Interpreter run, TemplateValue value)
    {
        var text = Soft(run, value).Text;
        run.Allocate(2L * text.Length);
        var result = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && Separates(text[at]))
            {
                at++;
            }

            result.Append(text, start, at - start);
            start = at;
            while (at < text.Length && !Separates(text[at]))
            {
                at++;
            }

            if (at > start)
            {
                var first = PythonText.WidthAt(text, start);
                result.Append(PythonCase.ToUpper(text.Substring(start, first))).Append(PythonCase.ToLower(text[(start + first)..at]));
            }
        }

        return StringValue.Of(result.ToString());

        static bool Separates(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(c);
    }

    public static StringValue Replace(Interpreter run, TemplateValue value, TemplateValue?[] arguments) => StringValue.Of(PythonSearch.Replace(
        run,
        Represent.Str(run, value),
        Represent.Str(run, arguments[0]!),
        Represent.Str(run, arguments[1]!),
        arguments[2] is null or NoneValue ? -1 : Conversions.Count(arguments[2], -1, "count")));

    public static StringValue Indent(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        if (value is not StringValue text)
        {
            throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"indent() works on str, not {value.TypeName}");
        }

        var indent = arguments[0] is StringValue given ? given.Text : Spaces(run, Conversions.Count(arguments[0], 4, "width"));
        var first = arguments[1]?.IsTrue ?? false;
        var blank = arguments[2]?.IsTrue ?? false;
        var lines = PythonText.SplitLines(text.Text + "\n", false);
        run.StepOver(text.Text.Length);
        var result = new ChargedText(run);
        for (var i = 0; i < lines.Count; i++)
        {
            if (i > 0)
            {
                result.Append('\n');
            }

            if (i == 0 ? first : blank || lines[i].Length > 0)
            {
                result.Append(indent);
            }

            result.Append(lines[i]);
        }

        return text.Like(result.ToString());
    }

    public static TemplateValue Truncate(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        if (value is not StringValue text)
        {
            return value is UndefinedValue ? value : throw new TemplateFault($"truncate() works on str, not {value.TypeName}");
        }

        var length = Conversions.Count(arguments[0], 255, "length");
        var end = Conversions.Text(arguments[2], "...", "end");
        var leeway = arguments[3] is NoneValue ? 5 : Conversions.Count(arguments[3], 5, "leeway");
        var mark = PythonText.CodePoints(end);
        if (length < mark || leeway < 0)
        {
            throw new TemplateFault($"truncate() expects a length of at least {mark} and no negative leeway");
        }

        if (text.CodePoints <= (long)length + leeway)
        {
            return text;
        }

        run.Allocate(length);
        var kept = text.Text[..PythonText.OffsetOf(text.Text, length - mark)];
        if (!(arguments[1]?.IsTrue ?? false))
        {
            var space = kept.LastIndexOf(' ');
            kept = space < 0 ? kept : kept[..space];
        }

        return text.Like(kept + (text.IsMarkup ? Markup.Escape(end) : end));
    }

    public static IntValue WordCount(Interpreter run, TemplateValue value)
    {
        var text = Soft(run, value).Text;
        run.StepOver(text.Length);
        var count = 0;
        var inWord = false;
        foreach (var rune in text.EnumerateRunes())
        {
            var part = Rune.IsLetterOrDigit(rune) || rune.Value == '_' || Rune.GetNumericValue(rune) >= 0;
            count += part && !inWord ? 1 : 0;
            inWord = part;
        }

        return IntValue.Of(count);
    }

    public static StringValue Format(Interpreter run, TemplateValue value, in CallArguments arguments)
    {
        if (arguments.Positional.Length > 0 && arguments.Named.Length > 0)
        {
            throw new TemplateFault("format() takes values by position or by name, not both");
        }

        TemplateValue values = new TupleValue(arguments.Positional);
        if (arguments.Named.Length > 0)
        {
            var dict = new DictValue();
            foreach (var (name, item) in arguments.Named)
            {
                dict.Set(name, item);
            }

            values = dict;
        }

        return PercentFormat.Apply(run, Soft(run, value), values);
    }

    public static StringValue UrlEncode(Interpreter run, TemplateValue value)
    {
        if (value is StringValue || value.Iterate(run) is not { } items)
        {
            return StringValue.Of(Quote(run, value, false));
        }

        if (value is DictValue dict)
        {
            items = new DictIterator(dict, DictPart.Items);
        }

        var result = new ChargedText(run);
        while (items.Next(run, out var item))
        {
            var pair = Conversions.Items(run, item);
            if (pair.Count != 2)
            {
                throw new TemplateFault("urlencode() expects pairs of key and value");
            }

            if (result.Length > 0)
            {
                result.Append('&');
            }

            result.Append(Quote(run, pair[0], true)).Append('=').Append(Quote(run, pair[1], true));
        }

        return StringValue.Of(result.ToString());
    }

    public static StringValue XmlAttributes(Interpreter run, TemplateValue value, bool space)
    {
        if (value is not DictValue dict)
        {
            throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"xmlattr() works on dict, not {value.TypeName}");
        }

        var result = new ChargedText(run);
        for (var i = 0; i < dict.Count; i++)
        {
            var (key, item) = dict.At(i);
            if (item is NoneValue or UndefinedValue)
            {
                continue;
            }

            var name = Conversions.Text(key, "", "an attribute's name");
            if (name.AsSpan().IndexOfAny(" \t\n\r\f\v/>=") >= 0)
            {
                throw new TemplateFault($"invalid character in the attribute name '{PythonText.OneLine(name, 60)}'");
            }

            result.Append(result.Length > 0 || space ? " " : "").Append(Markup.Of(run, key).Text).Append("=\"").Append(Markup.Of(run, item).Text).Append('"');
        }

        return StringValue.Of(result.ToString());
    }

    private static string Spaces(Interpreter run, int count)
    {
        run.Allocate(Math.Max(0, count));
        return new string(' ', Math.Max(0, count));
    }

    private static string Quote(Interpreter run, TemplateValue value, bool forQuery)
    {
        var result = new ChargedText(run);
        foreach (var b in Encoding.UTF8.GetBytes(Represent.Str(run, value)))
        {
            var c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-' or '~' || (c == '/' && !forQuery))
            {
                result.Append(c);
            }
            else if (c == ' ' && forQuery)
            {
                result.Append('+');
            }
            else
            {
                result.Append($"%{b:X2}");
            }
        }

        return result.ToString();
    }
}
