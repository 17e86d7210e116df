using System.Globalization;
using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>int() and float() of values, and the whole numbers functions take as arguments.</summary>
internal static class Conversions
{
    // Python's own limit on the digits it reads and prints.
    private const int MaxDigits = 4300;

    /// <exception cref="TemplateFault">The number is infinite or not a number.</exception>
    public static IntValue ToInt(double value) => double.IsFinite(value)
        ? Math.Abs(value) < 1e18 ? IntValue.Of((long)value) : IntValue.Of(new BigInteger(value))
        : throw new TemplateFault($"cannot convert float {PythonFloat.Repr(value)} to integer");

    /// <summary>int(text, base).</summary>
    public static bool TryParseInt(string text, int @base, out IntValue value)
    {
        value = IntValue.Zero;
        var body = PythonText.Strip(text, null, true, true);
        var negative = body.StartsWith('-');
        if (negative || body.StartsWith('+'))
        {
            body = body[1..];
        }

        var underscore = false;
        if (body.Length > 2 && body[0] == '0' && char.ToLowerInvariant(body[1]) is var mark
            && (mark, @base) is ('x', 16) or ('o', 8) or ('b', 2) or ('x', 0) or ('o', 0) or ('b', 0))
        {
            @base = mark switch { 'x' => 16, 'o' => 8, _ => 2 };
            body = body[2..];
            underscore = body[0] == '_';
        }
        else if (@base == 0)
        {
            @base = 10;
            if (body.Length > 1 && body[0] == '0' && body.AsSpan().ContainsAnyExcept('0', '_'))
            {
                return false;
            }
        }

        if (underscore)
        {
            body = body[1..];
        }

        if (body.Length == 0 || body[0] == '_' || body[^1] == '_' || body.Contains("__", StringComparison.Ordinal))
        {
            return false;
        }

        if (body.Length > MaxDigits)
        {
            throw new TemplateFault($"a number of {body.Length} digits is too long");
        }

        var number = BigInteger.Zero;
        foreach (var c in body)
        {
            if (c == '_')
            {
                continue;
            }

            var digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10
                : CharUnicodeInfo.GetDecimalDigitValue(c) is var other and >= 0 ? other : int.MaxValue;
            if (digit >= @base)
            {
                return false;
            }

            number = (number * @base) + digit;
        }

        value = IntValue.Of(negative ? -number : number);
        return true;
    }

    /// <summary>A whole number given as an argument, clamped to what an int holds.</summary>
    /// <exception cref="TemplateFault">The value is not a whole number.</exception>
    public static int Count(TemplateValue? value, int missing, string what) => value is null ? missing
        : Numbers.TryInt(value, out var number) ? number.Clamped()
        : throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"{what} must be an integer, not {value.TypeName}");

    /// <summary>A text given as an argument.</summary>
    /// <exception cref="TemplateFault">The value is not a text.</exception>
    public static string Text(TemplateValue? value, string missing, string what) => value switch
    {
        null => missing,
        StringValue s => s.Text,
        UndefinedValue u => throw u.Fault(),
        _ => throw new TemplateFault($"{what} must be str, not {value.TypeName}"),
    };

    /// <summary>A text given as an argument that may be left out or None.</summary>
    /// <exception cref="TemplateFault">The value is neither.</exception>
    public static string? OptionalText(TemplateValue? value, string what) =>
        value is null or NoneValue ? null : Text(value, "", what);

    /// <summary>The items of something that can be iterated, each charged.</summary>
    /// <exception cref="TemplateFault">The value cannot be iterated.</exception>
    public static List<TemplateValue> Items(Interpreter run, TemplateValue value)
    {
        var items = new List<TemplateValue>();
        var iterator = Iterate(run, value);
        while (iterator.Next(run, out var item))
        {
            run.AllocateItems(1);
            items.Add(item);
        }

        return items;
    }

    /// <exception cref="TemplateFault">The value cannot be iterated.</exception>
    public static ValueIterator Iterate(Interpreter run, TemplateValue value) =>
        value.Iterate(run) ?? throw new TemplateFault($"'{value.TypeName}' object is not iterable");
}
