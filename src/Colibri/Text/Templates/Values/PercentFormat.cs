using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>text % values: printf-style formatting.</summary>
internal static class PercentFormat
{
    /// <exception cref="TemplateFault">The format is malformed or does not fit the values.</exception>
    public static StringValue Apply(Interpreter run, StringValue format, TemplateValue values)
    {
        var text = format.Text;
        var result = new ChargedText(run);
        var tuple = values as TupleValue;
        var next = 0;
        var at = 0;
        while (at < text.Length)
        {
            var mark = text.IndexOf('%', at);
            if (mark < 0)
            {
                mark = text.Length;
            }

            result.Append(text.AsSpan(at, mark - at));
            if (mark == text.Length)
            {
                break;
            }

            run.Step();
            at = mark + 1;
            TemplateValue? named = null;
            if (at < text.Length && text[at] == '(')
            {
                named = Named(text, ref at, values);
            }

            var flags = new Flags();
            while (at < text.Length && flags.Take(text[at]))
            {
                at++;
            }

            var width = Count(text, ref at, Take);
            if (width < 0)
            {
                flags.Left = true;
                width = -width;
            }

            var precision = -1;
            if (at < text.Length && text[at] == '.')
            {
                at++;
                precision = Math.Max(0, Count(text, ref at, Take));
            }

            if (precision > PythonFloat.MaxPrecision && !(at < text.Length && text[at] is 's' or 'r' or 'a'))
            {
                throw new TemplateFault($"a format may ask for at most {PythonFloat.MaxPrecision} digits");
            }

            while (at < text.Length && text[at] is 'h' or 'l' or 'L')
            {
                at++;
            }

            if (at >= text.Length)
            {
                throw new TemplateFault("incomplete format");
            }

            var kind = text[at++];
            if (kind == '%')
            {
                result.Append('%');
                continue;
            }

            var piece = Convert(run, kind, named ?? Take(), flags, precision, format.IsMarkup);
            Pad(result, piece, flags, width, kind);
        }

        var leftOver = tuple is not null ? next < tuple.Items.Length : next == 0 && values is not (DictValue or ListValue or RangeValue or UndefinedValue);
        return leftOver
            ? throw new TemplateFault("not all arguments converted during string formatting")
            : format.Like(result.ToString());

        TemplateValue Take()
        {
            if (tuple is null)
            {
                return next++ == 0 ? values : throw new TemplateFault("not enough arguments for format string");
            }

            return next < tuple.Items.Length ? tuple.Items[next++] : throw new TemplateFault("not enough arguments for format string");
        }
    }

    private static TemplateValue Named(string text, ref int at, TemplateValue values)
    {
        if (values is not DictValue dict)
        {
            throw new TemplateFault("format requires a mapping");
        }

        int depth = 1, start = ++at;
        while (at < text.Length && depth > 0)
        {
            depth += text[at] == '(' ? 1 : text[at] == ')' ? -1 : 0;
            at++;
        }

        if (depth > 0)
        {
            throw new TemplateFault("incomplete format key");
        }

        var key = text[start..(at - 1)];
        return dict.TryGet(key, out var value) ? value : throw new TemplateFault($"the format names the key '{PythonText.OneLine(key, 60)}', which is not among the values");
    }

    private static int Count(string text, ref int at, Func<TemplateValue> take)
    {
        if (at < text.Length && text[at] == '*')
        {
            at++;
            return Numbers.TryInt(take(), out var given) ? Math.Clamp(given.Clamped(), -int.MaxValue, int.MaxValue) : throw new TemplateFault("* wants int");
        }

        long count = 0;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            count = Math.Min((count * 10) + (text[at++] - '0'), int.MaxValue);
        }

        return (int)count;
    }

    private static string Convert(Interpreter run, char kind, TemplateValue value, Flags flags, int precision, bool escape)
    {
        switch (kind)
        {
            case 's' or 'r' or 'a':
                var text = kind == 's' ? Represent.Str(run, value) : Represent.Repr(run, value);
                if (kind == 'a')
                {
                    text = FormatSpec.Ascii(text);
                }

                if (escape && !(kind == 's' && value is StringValue { IsMarkup: true }))
                {
                    text = Markup.Escape(text);
                }

                return precision >= 0 && precision < PythonText.CodePoints(text) ? text[..PythonText.OffsetOf(text, precision)] : text;
            case 'c':
                return value is StringValue { CodePoints: 1 } s ? s.Text
                    : Numbers.TryInt(value, out var code) && System.Text.Rune.IsValid(code.Clamped()) ? new System.Text.Rune(code.Clamped()).ToString()
                    : throw new TemplateFault("%c requires int or char");
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                return Whole(kind, value, flags, precision);
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                if (!Numbers.TryNumber(value, out var number))
                {
                    throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"must be real number, not {value.TypeName}");
                }

                return flags.Signed(FormatSpec.Float(number.AsDouble, kind, precision < 0 ? 6 : precision, flags.Alternate));
            default:
                throw new TemplateFault($"unsupported format character '{kind}'");
        }
    }

    private static string Whole(char kind, TemplateValue value, Flags flags, int precision)
    {
        BigInteger number;
        if (Numbers.TryInt(value, out var whole))
        {
            number = whole.Big;
        }
        else if (value is FloatValue f && kind is 'd' or 'i' or 'u')
        {
            number = Conversions.ToInt(((FloatValue)value).Value).Big;
        }
        else
        {
            throw (value as UndefinedValue)?.Fault()
                ?? new TemplateFault($"%{kind} format: {(kind is 'd' or 'i' or 'u' ? "a real number" : "an integer")} is required, not {value.TypeName}");
        }

        var digits = FormatSpec.Digits(BigInteger.Abs(number), kind is 'i' or 'u' ? 'd' : kind).PadLeft(Math.Max(0, precision), '0');
        var prefix = flags.Alternate ? kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", _ => "" } : "";
        return flags.Signed((number.Sign < 0 ? "-" : "") + prefix + digits);
    }

    private static void Pad(ChargedText result, string piece, Flags flags, int width, char kind)
    {
        var missing = width - PythonText.CodePoints(piece);
        if (missing <= 0)
        {
            result.Append(piece);
        }
        else if (flags.Left)
        {
            result.Append(piece).Append(' ', missing);
        }
        else if (flags.Zero && kind is not ('s' or 'r' or 'a' or 'c'))
        {
            var sign = piece[0] is '-' or '+' or ' ' ? 1 : 0;
            var prefix = flags.Alternate && piece.Length > sign + 1 && piece[sign] == '0' && char.IsAsciiLetter(piece[sign + 1]) ? sign + 2 : sign;
            result.Append(piece.AsSpan(0, prefix)).Append('0', missing).Append(piece.AsSpan(prefix));
        }
        else
        {
            result.Append(' ', missing).Append(piece);
        }
    }

    private struct Flags
    {
        public bool Left;
        public bool Zero;
        public bool Alternate;
        private bool _plus;
        private bool _space;

        public bool Take(char c)
        {
            switch (c)
            {
                case '-':
                    return Left = true;
                case '0':
                    return Zero = true;
                case '#':
                    return Alternate = true;
                case '+':
                    return _plus = true;
                case ' ':
                    return _space = true;
                default:
                    return false;
            }
        }

        public readonly string Signed(string number) =>
            number[0] == '-' ? number : _plus ? "+" + number : _space ? " " + number : number;
    }
}
