using System.Globalization;
using System.Numerics;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>Python's format specification ("&gt;10.2f"), and the parts of it that %-formatting shares.</summary>
internal static class FormatSpec
{
    private const int MaxWidth = 1_000_000;

    /// <summary>format(value, spec).</summary>
    /// <exception cref="TemplateFault">The specification is malformed or does not fit the value.</exception>
    public static string Format(Interpreter run, TemplateValue value, string spec)
    {
        if (spec.Length == 0)
        {
            return Represent.Str(run, value);
        }

        var parsed = Parse(spec);
        switch (value)
        {
            case StringValue s:
                return Pad(run, Text(s.Text, parsed), parsed, '<');
            case BoolValue when parsed.Kind == 's':
                return Pad(run, Represent.Str(run, value), parsed, '<');
            case IntValue or BoolValue or FloatValue:
                Numbers.TryNumber(value, out var number);
                return Pad(run, Numeric(number, parsed), parsed, '>');
            default:
                throw (value as UndefinedValue)?.Fault()
                    ?? new TemplateFault($"unsupported format string passed to {value.TypeName}.__format__");
        }
    }

    /// <summary>A float in one of the notations e, f and g (or their capitals), sign included.</summary>
    public static string Float(double value, char kind, int precision, bool alternate)
    {
        var text = char.ToLowerInvariant(kind) switch
        {
            'f' => PythonFloat.Fixed(value, precision),
            'e' => PythonFloat.Exponential(value, precision),
            _ => PythonFloat.General(value, precision, 'e', alternate),
        };
        if (alternate && double.IsFinite(value) && !text.Contains('.', StringComparison.Ordinal))
        {
            var mark = text.IndexOf('e', StringComparison.Ordinal);
            text = text.Insert(mark < 0 ? text.Length : mark, ".");
        }

        return char.IsUpper(kind) ? text.ToUpperInvariant() : text;
    }

    /// <summary>A non-negative number's digits in base 10 (d), 16 (x, X), 8 (o) or 2 (b).</summary>
    public static string Digits(BigInteger number, char kind)
    {
        switch (kind)
        {
            case 'x':
                return Trim(number.ToString("x", CultureInfo.InvariantCulture));
            case 'X':
                return Trim(number.ToString("X", CultureInfo.InvariantCulture));
            case 'b':
                return Trim(number.ToString("b", CultureInfo.InvariantCulture));
            case 'o':
                var bits = Trim(number.ToString("b", CultureInfo.InvariantCulture));
                bits = bits.PadLeft((bits.Length + 2) / 3 * 3, '0');
                var octal = new StringBuilder(bits.Length / 3);
                for (var i = 0; i < bits.Length; i += 3)
                {
                    octal.Append((char)('0' + ((bits[i] - '0') * 4) + ((bits[i + 1] - '0') * 2) + (bits[i + 2] - '0')));
                }

                return octal.ToString();
            default:
                return number.ToString(CultureInfo.InvariantCulture);
        }

        static string Trim(string digits) => digits.TrimStart('0') is { Length: > 0 } trimmed ? trimmed : "0";
    }

    /// <summary>ascii(): what is not ASCII in a repr() as escapes.</summary>
    public static string Ascii(string text)
    {
        if (System.Text.Ascii.IsValid(text))
        {
            return text;
        }

        var result = new StringBuilder(text.Length * 2);
        foreach (var rune in text.EnumerateRunes())
        {
            result.Append(rune.Value switch
            {
                < 0x80 => ((char)rune.Value).ToString(),
                < 0x100 => $"\\x{rune.Value:x2}",
                < 0x10000 => $"\\u{rune.Value:x4}",
                _ => $"\\U{rune.Value:x8}",
            });
        }

        return result.ToString();
    }

    private static Spec Parse(string spec)
    {
        var parsed = new Spec { Fill = " ", Precision = -1 };
        var at = 0;
        var fill = PythonText.WidthAt(spec, 0);
        if (spec.Length > fill && spec[fill] is '<' or '>' or '=' or '^')
        {
            parsed.Fill = spec[..fill];
            parsed.Align = spec[fill];
            at = fill + 1;
        }
        else if (spec[0] is '<' or '>' or '=' or '^')
        {
            parsed.Align = spec[0];
            at = 1;
        }

        if (at < spec.Length && spec[at] is '+' or '-' or ' ')
        {
            parsed.Sign = spec[at++];
        }

        if (at < spec.Length && spec[at] == 'z')
        {
            at++;
        }

        if (at < spec.Length && spec[at] == '#')
        {
            parsed.Alternate = true;
            at++;
        }

        if (at < spec.Length && spec[at] == '0')
        {
            if (parsed.Align == 0)
            {
                parsed.Fill = "0";
                parsed.Align = '=';
                parsed.ZeroPadded = true;
            }

            at++;
        }

        parsed.Width = Count(spec, ref at, MaxWidth, "width");
        if (at < spec.Length && spec[at] is ',' or '_')
        {
            parsed.Group = spec[at++];
        }

        if (at < spec.Length && spec[at] == '.')
        {
            at++;
            if (at >= spec.Length || !char.IsAsciiDigit(spec[at]))
            {
                throw new TemplateFault("format specifier missing precision");
            }

            parsed.Precision = Count(spec, ref at, MaxWidth, "precision");
        }

        if (at < spec.Length)
        {
            parsed.Kind = spec[at++];
        }

        return at == spec.Length ? parsed : throw new TemplateFault($"invalid format specifier '{PythonText.OneLine(spec, 40)}'");
    }

    private static int Count(string spec, ref int at, int most, string what)
    {
        var count = 0;
        while (at < spec.Length && char.IsAsciiDigit(spec[at]))
        {
            count = (count * 10) + (spec[at++] - '0');
            if (count > most)
            {
                throw new TemplateFault($"a format's {what} may be at most {most}");
            }
        }

        return count;
    }

    private static string Text(string text, Spec spec)
    {
        if (spec.Kind is not ('\0' or 's') || spec.Sign != 0 || spec.Alternate || spec.Group != 0 || (spec.Align == '=' && !spec.ZeroPadded))
        {
            throw new TemplateFault("the format specification does not fit a text");
        }

        return spec.Precision >= 0 && spec.Precision < PythonText.CodePoints(text) ? text[..PythonText.OffsetOf(text, spec.Precision)] : text;
    }

    private static string Numeric(Number number, Spec spec)
    {
        string body;
        var prefix = "";
        if (number.Int is { } whole && spec.Kind is '\0' or 'd' or 'x' or 'X' or 'o' or 'b' or 'n' or 'c')
        {
            if (spec.Precision >= 0)
            {
                throw new TemplateFault("precision not allowed in integer format specifier");
            }

            var value = number.Int!;
            if (spec.Kind == 'c')
            {
                return Rune.IsValid(value.Clamped()) ? new Rune(value.Clamped()).ToString() : throw new TemplateFault("%c arg not in range");
            }

            var digits = Digits(BigInteger.Abs(value.Big), spec.Kind is '\0' or 'n' ? 'd' : spec.Kind);
            prefix = spec.Alternate ? spec.Kind switch { 'x' => "0x", 'X' => "0X", 'o' => "0o", 'b' => "0b", _ => "" } : "";
            body = (value.Big.Sign < 0 ? "-" : "") + digits;
        }
        else
        {
            body = FloatBody(number.AsDouble, spec);
        }

        var negative = body[0] == '-';
        var unsigned = negative ? body[1..] : body;
        if (spec.Group != 0)
        {
            unsigned = Group(unsigned, spec);
        }

        var sign = negative ? "-" : spec.Sign is '+' or ' ' ? spec.Sign.ToString() : "";
        if (spec.Align == '=')
        {
            var missing = spec.Width - sign.Length - prefix.Length - unsigned.Length;
            if (missing > 0)
            {
                unsigned = spec.Group != 0 && spec.ZeroPadded
                    ? ZeroGroups(unsigned, spec, missing)
                    : string.Concat(Enumerable.Repeat(spec.Fill, missing)) + unsigned;
            }
        }

        return sign + prefix + unsigned;
    }

    private static string FloatBody(double value, Spec spec)
    {
        if (spec.Precision > PythonFloat.MaxPrecision)
        {
            throw new TemplateFault($"a format may ask for at most {PythonFloat.MaxPrecision} digits");
        }

        switch (spec.Kind)
        {
            case '\0' when spec.Precision < 0:
                return PythonFloat.Repr(value);
            case '\0':
                // Like g, but with at least one digit after the point.
                var text = PythonFloat.General(value, spec.Precision);
                var exponentAt = text.IndexOf('e', StringComparison.Ordinal);
                if (exponentAt < 0 && !text.Contains('.', StringComparison.Ordinal) && double.IsFinite(value))
                {
                    var whole = text.TrimStart('-').Length;
                    return whole < Math.Max(1, spec.Precision) ? text + ".0" : PythonFloat.Exponential(value, Math.Max(1, spec.Precision) - 1);
                }

                return text;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                return Float(value, spec.Kind, spec.Precision < 0 ? 6 : spec.Precision, spec.Alternate);
            case 'n':
                return Float(value, 'g', spec.Precision < 0 ? 6 : spec.Precision, spec.Alternate);
            case '%':
                return Float(value * 100, 'f', spec.Precision < 0 ? 6 : spec.Precision, spec.Alternate) + "%";
            default:
                throw new TemplateFault($"unknown format code '{spec.Kind}' for a number");
        }
    }

    private static string Group(string digits, Spec spec)
    {
        var size = spec.Kind is 'x' or 'X' or 'o' or 'b' ? 4 : 3;
        var end = 0;
        while (end < digits.Length && char.IsAsciiHexDigit(digits[end]) && (size == 4 || char.IsAsciiDigit(digits[end])))
        {
            end++;
        }

        var result = new StringBuilder(digits.Length + (digits.Length / size));
        for (var i = 0; i < end; i++)
        {
            if (i > 0 && (end - i) % size == 0)
            {
                result.Append(spec.Group);
            }

            result.Append(digits[i]);
        }

        return result.Append(digits, end, digits.Length - end).ToString();
    }

    private static string ZeroGroups(string grouped, Spec spec, int missing)
    {
        // Zeros are grouped as well, and the result may come out one wider than asked where it would start with a comma.
        var bare = grouped.Replace(spec.Group.ToString(), "", StringComparison.Ordinal);
        var width = grouped.Length + missing;
        var zeros = 0;
        string text;
        do
        {
            text = Group(new string('0', zeros++) + bare, spec);
        }
        while (text.Length < width);
        return text;
    }

    private static string Pad(Interpreter run, string text, Spec spec, char usual)
    {
        run.Allocate(text.Length + spec.Width);
        var missing = spec.Width - PythonText.CodePoints(text);
        if (missing <= 0)
        {
            return text;
        }

        var align = spec.Align is '\0' or '=' ? usual : spec.Align;
        var left = align switch { '<' => 0, '^' => missing / 2, _ => missing };
        return string.Concat(Enumerable.Repeat(spec.Fill, left)) + text + string.Concat(Enumerable.Repeat(spec.Fill, missing - left));
    }

    private record struct Spec
    {
        public string Fill;
        public char Align;
        public char Sign;
        public bool Alternate;
        public bool ZeroPadded;
        public int Width;
        public char Group;
        public int Precision;
        public char Kind;
    }
}
