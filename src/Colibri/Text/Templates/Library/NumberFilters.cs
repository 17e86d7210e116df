using System.Globalization;
using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>Filters that work on numbers.</summary>
internal static class NumberFilters
{
    private const int MaxDecimals = 4000;

    public static TemplateValue Absolute(TemplateValue value) => Numbers.TryNumber(value, out var number)
        ? Numbers.Absolute(number)
        : throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"bad operand type for abs(): '{value.TypeName}'");

    /// <summary>int(value), by way of a float where the text is one; the default where it is neither.</summary>
    public static TemplateValue ToInt(Interpreter run, TemplateValue value, TemplateValue?[] arguments)
    {
        var @base = Conversions.Count(arguments[1], 10, "base");
        if (@base is not (0 or (>= 2 and <= 36)))
        {
            return arguments[0] ?? IntValue.Zero;
        }

        switch (value)
        {
            case UndefinedValue undefined:
                throw undefined.Fault();
            case IntValue or BoolValue:
                Numbers.TryInt(value, out var whole);
                return whole;
            case FloatValue f when double.IsFinite(f.Value):
                return Conversions.ToInt(f.Value);
            case FloatValue { Value: var infinite } when double.IsInfinity(infinite):
                throw new TemplateFault("cannot convert float infinity to integer");
            case StringValue s:
                run.StepOver(s.Text.Length);
                if (Conversions.TryParseInt(s.Text, @base, out var number))
                {
                    return number;
                }

                return PythonFloat.TryParse(s.Text, out var real) && double.IsFinite(real) ? Conversions.ToInt(real) : arguments[0] ?? IntValue.Zero;
            default:
                return arguments[0] ?? IntValue.Zero;
        }
    }

    public static TemplateValue ToFloat(TemplateValue value, TemplateValue? missing)
    {
        if (Numbers.TryNumber(value, out var number))
        {
            return value is FloatValue ? value : new FloatValue(number.AsDouble);
        }

        return value switch
        {
            UndefinedValue undefined => throw undefined.Fault(),
            StringValue s when PythonFloat.TryParse(s.Text, out var real) => new FloatValue(real),
            _ => missing ?? new FloatValue(0),
        };
    }

    public static TemplateValue Round(TemplateValue value, TemplateValue?[] arguments)
    {
        var precision = Conversions.Count(arguments[0], 0, "precision");
        var method = Conversions.Text(arguments[1], "common", "method");
        if (!Numbers.TryNumber(value, out var number))
        {
            throw (value as UndefinedValue)?.Fault() ?? new TemplateFault($"type {value.TypeName} cannot be rounded");
        }

        switch (method)
        {
            case "common":
                return number.Int is { } whole
                    ? precision >= 0 ? whole : RoundInt(whole, precision)
                    : new FloatValue(PythonFloat.Round(number.Float, precision));
            case "ceil" or "floor":
                var scale = Numbers.Power(new Number(IntValue.Of(10), 0), new Number(IntValue.Of(precision), 0));
                Numbers.TryNumber(scale, out var factor);
                Numbers.TryNumber(Numbers.Multiply(number, factor), out var scaled);
                var cut = scaled.Int ?? Conversions.ToInt(method == "ceil" ? Math.Ceiling(scaled.Float) : Math.Floor(scaled.Float));
                return Numbers.Divide(new Number(cut, 0), factor);
            default:
                throw new TemplateFault("round()'s method must be common, ceil or floor");
        }
    }

    public static StringValue FileSize(Interpreter run, TemplateValue value, bool binary)
    {
        var bytes = value switch
        {
            FloatValue or IntValue or BoolValue => ((FloatValue)ToFloat(value, null)).Value,
            StringValue s when PythonFloat.TryParse(s.Text, out var real) => real,
            UndefinedValue undefined => throw undefined.Fault(),
            _ => throw new TemplateFault($"filesizeformat() works on numbers, not {PythonText.Shorten(value)}"),
        };
        run.Step();
        var @base = binary ? 1024.0 : 1000.0;
        if (bytes == 1)
        {
            return new StringValue("1 Byte");
        }

        if (bytes < @base)
        {
            return new StringValue(Represent.Decimal(Conversions.ToInt(bytes)) + " Bytes");
        }

        var unit = @base;
        foreach (var prefix in "kMGTPEZY")
        {
            unit *= @base;
            if (bytes < unit || prefix == 'Y')
            {
                var name = (binary ? char.ToUpperInvariant(prefix) + "i" : prefix.ToString()) + "B";
                return new StringValue(string.Create(CultureInfo.InvariantCulture, $"{PythonFloat.Fixed(@base * bytes / unit, 1)} {name}"));
            }
        }

        return StringValue.Empty;
    }

    private static IntValue RoundInt(IntValue value, int precision)
    {
        if (precision < -MaxDecimals)
        {
            return IntValue.Zero;
        }

        var unit = BigInteger.Pow(10, -precision);
        var quotient = BigInteger.DivRem(BigInteger.Abs(value.Big), unit, out var rest);
        var half = (rest << 1).CompareTo(unit);
        quotient = half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
        return IntValue.Of(value.Big.Sign * quotient * unit);
    }
}
