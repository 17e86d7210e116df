using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>The methods of str. On text marked safe they give marked text and escape what is put into it.</summary>
internal static class StringMethods
{
    public static FrozenDictionary<string, Operation> All { get; } = new Operation[]
    {
        // Case
        new("upper", "", static (run, self, _) => Map(run, self, PythonCase.ToUpper)),
        new("lower", "", static (run, self, _) => Map(run, self, PythonCase.ToLower)),
        new("title", "", static (run, self, _) => Map(run, self, PythonCase.ToTitle)),
        new("capitalize", "", static (run, self, _) => Map(run, self, PythonCase.Capitalize)),
        new("casefold", "", static (run, self, _) => Map(run, self, PythonCase.Fold)),
        new("swapcase", "", static (run, self, _) => Map(run, self, PythonCase.SwapCase)),

        // Ends
        new("strip", "chars?", static (run, self, a) => Strip(run, self, a[0], true, true)),
        new("lstrip", "chars?", static (run, self, a) => Strip(run, self, a[0], true, false)),
        new("rstrip", "chars?", static (run, self, a) => Strip(run, self, a[0], false, true)),
        new("removeprefix", "prefix", static (run, self, a) => RemoveAffix(run, self, a[0]!, true)),
        new("removesuffix", "suffix", static (run, self, a) => RemoveAffix(run, self, a[0]!, false)),
        new("startswith", "prefix start? end?", static (run, self, a) => Affixed(run, self, a, true)),
        new("endswith", "suffix start? end?", static (run, self, a) => Affixed(run, self, a, false)),

        // Parts
        new("split", "sep? maxsplit?", static (run, self, a) => Parts(run, self, Splitting.Split(run, Str(self), Separator(a[0]), Conversions.Count(a[1], -1, "maxsplit")))),
        new("rsplit", "sep? maxsplit?", static (run, self, a) => Parts(run, self, Splitting.SplitFromRight(run, Str(self), Separator(a[0]), Conversions.Count(a[1], -1, "maxsplit")))),
        new("splitlines", "keepends?", static (run, self, a) =>
        {
            run.StepOver(Str(self).Length);
            return Parts(run, self, PythonText.SplitLines(Str(self), a[0]?.IsTrue ?? false));
        }),
        new("partition", "sep", static (run, self, a) => Partition(run, self, a[0]!, false)),
        new("rpartition", "sep", static (run, self, a) => Partition(run, self, a[0]!, true)),
        new("join", "values", static (run, self, a) => Join(run, (StringValue)self, a[0]!)),

        // Search
        new("find", "sub start? end?", static (run, self, a) => IntValue.Of(Find(run, self, a, false))),
        new("rfind", "sub start? end?", static (run, self, a) => IntValue.Of(Find(run, self, a, true))),
        new("index", "sub start? end?", static (run, self, a) => Found(Find(run, self, a, false))),
        new("rindex", "sub start? end?", static (run, self, a) => Found(Find(run, self, a, true))),
        new("count", "sub start? end?", static (run, self, a) => Count(run, self, a)),
        new("replace", "old new count?", static (run, self, a) => Replace(run, (StringValue)self, a)),

        // Width
        new("center", "width fillchar?", static (run, self, a) => Pad(run, self, a, Side.Both)),
        new("ljust", "width fillchar?", static (run, self, a) => Pad(run, self, a, Side.Right)),
        new("rjust", "width fillchar?", static (run, self, a) => Pad(run, self, a, Side.Left)),
        new("zfill", "width", static (run, self, a) => ZeroFill(run, self, Conversions.Count(a[0], 0, "width"))),
        new("expandtabs", "tabsize?", static (run, self, a) => ExpandTabs(run, self, Conversions.Count(a[0], 8, "tabsize"))),

        // Formats
        new("format", static (Interpreter run, TemplateValue self, in CallArguments arguments) =>
        {
            var given = arguments;
            return BraceFormat.Apply(run, (StringValue)self, given.Positional, name => given.Find(name));
        }),
        new("format_map", "mapping", static (run, self, a) => BraceFormat.Apply(run, (StringValue)self, [], name =>
            Members.Item(run, a[0]!, new StringValue(name)) is var value and not UndefinedValue ? value : null)),

        // Questions
        new("isalpha", "", static (run, self, _) => Every(run, self, IsAlpha)),
        new("isdecimal", "", static (run, self, _) => Every(run, self, IsDecimal)),
        new("isdigit", "", static (run, self, _) => Every(run, self, IsDigit)),
        new("isnumeric", "", static (run, self, _) => Every(run, self, IsNumeric)),
        new("isalnum", "", static (run, self, _) => Every(run, self, static rune => IsAlpha(rune) || IsNumeric(rune))),
        new("isspace", "", static (run, self, _) => Every(run, self, static rune => rune.IsBmp && PythonText.IsSpace((char)rune.Value))),
        new("isascii", "", static (_, self, _) => BoolValue.Of(Ascii.IsValid(Str(self)))),
        new("isprintable", "", static (_, self, _) => BoolValue.Of(Str(self).EnumerateRunes().AllRunes(PythonText.IsPrintable))),
        new("isidentifier", "", static (_, self, _) => BoolValue.Of(Str(self) is { Length: > 0 } s && PythonText.IsNameStart(s[0]) && s.All(PythonText.IsNamePart))),
        new("isupper", "", static (_, self, _) => BoolValue.Of(PythonCase.IsUpper(Str(self)))),
        new("islower", "", static (_, self, _) => BoolValue.Of(PythonCase.IsLower(Str(self)))),
        new("istitle", "", static (_, self, _) => BoolValue.Of(PythonCase.IsTitle(Str(self)))),
    }.ToFrozenDictionary(operation => operation.Name);

    private enum Side
    {
        Left,
        Right,
        Both,
    }

    /// <summary>separator.join(values).</summary>
    /// <exception cref="TemplateFault">A value is not a text.</exception>
    public static StringValue Join(Interpreter run, StringValue separator, TemplateValue values)
    {
        var result = new ChargedText(run);
        var items = Conversions.Iterate(run, values);
        for (var index = 0; items.Next(run, out var item); index++)
        {
            if (index > 0)
            {
                result.Append(separator.Text);
            }

            if (separator.IsMarkup)
            {
                result.Append(Markup.Of(run, item).Text);
            }
            else
            {
                result.Append(item is StringValue s ? s.Text : throw (item as UndefinedValue)?.Fault()
                    ?? new TemplateFault($"sequence item {index}: expected str instance, {item.TypeName} found"));
            }
        }

        return separator.Like(result.ToString());
    }

    private static string Str(TemplateValue self) => ((StringValue)self).Text;

    private static StringValue Map(Interpreter run, TemplateValue self, Func<string, string> change)
    {
        run.Allocate(Str(self).Length);
        return ((StringValue)self).Like(change(Str(self)));
    }

    // An argument that is put into marked text is escaped first.
    private static string Inserted(Interpreter run, TemplateValue self, TemplateValue? value, string missing, string what) =>
        ((StringValue)self).IsMarkup && value is StringValue ? Markup.Of(run, value).Text : Conversions.Text(value, missing, what);

    private static StringValue Strip(Interpreter run, TemplateValue self, TemplateValue? characters, bool start, bool end)
    {
        var set = characters is null or NoneValue ? null : Inserted(run, self, characters, "", "strip arg");
        run.Allocate(Str(self).Length + (set?.Length ?? 0));
        return ((StringValue)self).Like(PythonText.Strip(Str(self), set, start, end));
    }

    private static TemplateValue RemoveAffix(Interpreter run, TemplateValue self, TemplateValue affix, bool start)
    {
        string text = Str(self), part = Conversions.Text(affix, "", "the affix");
        run.Allocate(text.Length);
        if (start)
        {
            return StringValue.Of(text.StartsWith(part, StringComparison.Ordinal) ? text[part.Length..] : text);
        }

        return StringValue.Of(part.Length > 0 && text.EndsWith(part, StringComparison.Ordinal) ? text[..^part.Length] : text);
    }

    private static BoolValue Affixed(Interpreter run, TemplateValue self, TemplateValue?[] arguments, bool start)
    {
        if (!Window(self, arguments, out var from, out var to))
        {
            return BoolValue.False;
        }

        var text = Str(self).AsSpan(from, to - from);
        if (arguments[0] is TupleValue choices)
        {
            foreach (var choice in choices.Items)
            {
                if (Test(text, choice))
                {
                    return BoolValue.True;
                }
            }

            return BoolValue.False;
        }

        return BoolValue.Of(Test(text, arguments[0]!));

        bool Test(ReadOnlySpan<char> text, TemplateValue affix)
        {
            var part = affix is StringValue s ? s.Text : throw (affix as UndefinedValue)?.Fault()
                ?? new TemplateFault($"{(start ? "startswith" : "endswith")} first arg must be str or a tuple of str, not {affix.TypeName}");
            run.StepOver(part.Length);
            return start ? text.StartsWith(part, StringComparison.Ordinal) : text.EndsWith(part, StringComparison.Ordinal);
        }
    }

    private static string? Separator(TemplateValue? value)
    {
        var separator = Conversions.OptionalText(value, "the separator");
        return separator is not "" ? separator : throw new TemplateFault("empty separator");
    }

    private static ListValue Parts(Interpreter run, TemplateValue self, List<string> parts)
    {
        run.AllocateItems(parts.Count);
        run.Allocate(Str(self).Length);
        var items = new List<TemplateValue>(parts.Count);
        foreach (var part in parts)
        {
            items.Add(((StringValue)self).Like(part));
        }

        return new ListValue(items);
    }

    private static TupleValue Partition(Interpreter run, TemplateValue self, TemplateValue separator, bool fromRight)
    {
        string text = Str(self), mark = Inserted(run, self, separator, "", "the separator");
        if (mark.Length == 0)
        {
            throw new TemplateFault("empty separator");
        }

        run.Allocate(text.Length);
        var like = (StringValue)self;
        var at = fromRight ? PythonSearch.LastIndexOf(run, text, mark, text.Length) : PythonSearch.IndexOf(run, text, mark);
        if (at < 0)
        {
            return fromRight
                ? new TupleValue([like.Like(""), like.Like(""), self])
                : new TupleValue([self, like.Like(""), like.Like("")]);
        }

        return new TupleValue([like.Like(text[..at]), like.Like(mark), like.Like(text[(at + mark.Length)..])]);
    }

    // The UTF-16 range that the arguments start and end name; false where start lies beyond the end.
    private static bool Window(TemplateValue self, TemplateValue?[] arguments, out int from, out int to)
    {
        var text = (StringValue)self;
        if (arguments[1] is null or NoneValue && arguments[2] is null or NoneValue)
        {
            from = 0;
            to = text.Text.Length;
            return true;
        }

        var length = text.CodePoints;
        var start = Position(arguments[1], 0);
        var end = Math.Min(Position(arguments[2], length), length);
        from = to = 0;
        if (start > end)
        {
            return false;
        }

        from = text.IsNarrow ? start : PythonText.OffsetOf(text.Text, start);
        to = text.IsNarrow ? end : PythonText.OffsetOf(text.Text, end);
        return true;

        int Position(TemplateValue? value, int missing)
        {
            var at = value is NoneValue ? missing : Conversions.Count(value, missing, "slice indices");
            return at < 0 ? Math.Max(0, at + length) : at;
        }
    }

    private static int Find(Interpreter run, TemplateValue self, TemplateValue?[] arguments, bool fromRight)
    {
        var wanted = Conversions.Text(arguments[0], "", "the text searched for");
        if (!Window(self, arguments, out var from, out var to))
        {
            return -1;
        }

        var text = Str(self);
        int at;
        if (fromRight)
        {
            at = PythonSearch.LastIndexOf(run, text, wanted, to);
            at = at < from ? -1 : at;
        }
        else
        {
            at = PythonSearch.IndexOf(run, to == text.Length ? text : text[..to], wanted, from);
        }

        return at < 0 || ((StringValue)self).IsNarrow ? at : PythonText.CodePoints(text.AsSpan(0, at));
    }

    private static IntValue Found(int at) => at >= 0 ? IntValue.Of(at) : throw new TemplateFault("substring not found");

    private static IntValue Count(Interpreter run, TemplateValue self, TemplateValue?[] arguments)
    {
        var wanted = Conversions.Text(arguments[0], "", "the text counted");
        return IntValue.Of(Window(self, arguments, out var from, out var to) ? PythonSearch.Count(run, Str(self)[from..to], wanted) : 0);
    }

    private static StringValue Replace(Interpreter run, StringValue self, TemplateValue?[] arguments)
    {
        var old = Inserted(run, self, arguments[0], "", "replace() argument 1");
        var with = Inserted(run, self, arguments[1], "", "replace() argument 2");
        return self.Like(PythonSearch.Replace(run, self.Text, old, with, Conversions.Count(arguments[2], -1, "count")));
    }

    private static StringValue Pad(Interpreter run, TemplateValue self, TemplateValue?[] arguments, Side side)
    {
        var width = Conversions.Count(arguments[0], 0, "width");
        var fill = Conversions.Text(arguments[1], " ", "the fill character");
        if (PythonText.CodePoints(fill) != 1)
        {
            throw new TemplateFault("The fill character must be exactly one character long");
        }

        return Pad(run, (StringValue)self, width, fill, side);
    }

    /// <summary>text.center(width).</summary>
    public static StringValue Center(Interpreter run, StringValue text, int width) => Pad(run, text, width, " ", Side.Both);

    private static StringValue Pad(Interpreter run, StringValue text, int width, string fill, Side side)
    {
        var missing = width - text.CodePoints;
        if (missing <= 0)
        {
            return text;
        }

        // CPython: an odd number of fill characters leans left or right with the parity of the width.
        var left = side switch { Side.Left => missing, Side.Right => 0, _ => (missing / 2) + (missing & width & 1) };
        var result = new ChargedText(run);
        Fill(result, left);
        result.Append(text.Text);
        Fill(result, missing - left);
        return text.Like(result.ToString());

        void Fill(ChargedText into, int count)
        {
            if (fill.Length == 1)
            {
                into.Append(fill[0], count);
                return;
            }

            for (var i = 0; i < count; i++)
            {
                into.Append(fill);
            }
        }
    }

    private static StringValue ZeroFill(Interpreter run, TemplateValue self, int width)
    {
        var text = (StringValue)self;
        var missing = width - text.CodePoints;
        if (missing <= 0)
        {
            return text;
        }

        var sign = text.Text is ['+' or '-', ..] ? 1 : 0;
        return text.Like(new ChargedText(run).Append(text.Text.AsSpan(0, sign)).Append('0', missing).Append(text.Text.AsSpan(sign)).ToString());
    }

    private static StringValue ExpandTabs(Interpreter run, TemplateValue self, int size)
    {
        var result = new ChargedText(run);
        var column = 0;
        foreach (var c in Str(self))
        {
            switch (c)
            {
                case '\t' when size > 0:
                    var spaces = size - (column % size);
                    result.Append(' ', spaces);
                    column += spaces;
                    break;
                case '\t':
                    break;
                default:
                    result.Append(c);
                    column = c is '\n' or '\r' ? 0 : char.IsLowSurrogate(c) ? column : column + 1;
                    break;
            }
        }

        return ((StringValue)self).Like(result.ToString());
    }

    private static BoolValue Every(Interpreter run, TemplateValue self, Func<Rune, bool> test)
    {
        var text = Str(self);
        run.StepOver(text.Length);
        return BoolValue.Of(text.Length > 0 && text.EnumerateRunes().AllRunes(test));
    }

    private static bool AllRunes(this StringRuneEnumerator runes, Func<Rune, bool> test)
    {
        foreach (var rune in runes)
        {
            if (!test(rune))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsAlpha(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter;

    private static bool IsDecimal(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsDigit(Rune rune) => CharUnicodeInfo.GetDigitValue(rune.ToString(), 0) >= 0;

    private static bool IsNumeric(Rune rune) => Rune.GetNumericValue(rune) >= 0 || Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
