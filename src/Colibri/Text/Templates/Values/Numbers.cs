using System.Numerics;

namespace Colibri.Text.Templates;

/// <summary>A number of either kind; flags count as 0 and 1.</summary>
internal readonly record struct Number(IntValue? Int, double Float)
{
    public bool IsInt => Int is not null;

    /// <exception cref="TemplateFault">A whole number beyond the range of a double.</exception>
    public double AsDouble => Int?.ToDouble() ?? Float;
}

/// <summary>Python's arithmetic on numbers.</summary>
internal static class Numbers
{
    public static bool TryNumber(TemplateValue value, out Number number)
    {
        switch (value)
        {
            case IntValue i:
                number = new Number(i, 0);
                return true;
            case FloatValue f:
                number = new Number(null, f.Value);
                return true;
            case BoolValue b:
                number = new Number(b.Number, 0);
                return true;
            default:
                number = default;
                return false;
        }
    }

    /// <summary>Whether the value is a whole number (flags count), as indices and counts must be.</summary>
    public static bool TryInt(TemplateValue value, out IntValue number)
    {
        number = value as IntValue ?? (value as BoolValue)?.Number!;
        return number is not null;
    }

    /// <summary>The order of two numbers, exact also between ints and floats; null where one is NaN.</summary>
    public static int? Compare(Number a, Number b)
    {
        if (a.Int is { } x && b.Int is { } y)
        {
            return x.IsBig || y.IsBig ? x.Big.CompareTo(y.Big) : x.Small.CompareTo(y.Small);
        }

        if (a.Int is { } i)
        {
            return Compare(i, b.Float);
        }

        if (b.Int is { } j)
        {
            return -Compare(j, a.Float);
        }

        return double.IsNaN(a.Float) || double.IsNaN(b.Float) ? null : a.Float.CompareTo(b.Float);
    }

    public static TemplateValue Add(Number a, Number b)
    {
        if (a.Int is not { } x || b.Int is not { } y)
        {
            return new FloatValue(a.AsDouble + b.AsDouble);
        }

        if (!x.IsBig && !y.IsBig)
        {
            var sum = unchecked(x.Small + y.Small);
            if (((x.Small ^ sum) & (y.Small ^ sum)) >= 0)
            {
                return IntValue.Of(sum);
            }
        }

        return IntValue.Of(x.Big + y.Big);
    }

    public static TemplateValue Subtract(Number a, Number b)
    {
        if (a.Int is not { } x || b.Int is not { } y)
        {
            return new FloatValue(a.AsDouble - b.AsDouble);
        }

        if (!x.IsBig && !y.IsBig)
        {
            var difference = unchecked(x.Small - y.Small);
            if (((x.Small ^ y.Small) & (x.Small ^ difference)) >= 0)
            {
                return IntValue.Of(difference);
            }
        }

        return IntValue.Of(x.Big - y.Big);
    }

    public static TemplateValue Multiply(Number a, Number b)
    {
        if (a.Int is not { } x || b.Int is not { } y)
        {
            return new FloatValue(a.AsDouble * b.AsDouble);
        }

        if (!x.IsBig && !y.IsBig)
        {
            var high = Math.BigMul(x.Small, y.Small, out var low);
            if (high == low >> 63)
            {
                return IntValue.Of(low);
            }
        }

        return IntValue.Of(x.Big * y.Big);
    }

    public static TemplateValue Divide(Number a, Number b)
    {
        var divisor = b.AsDouble;
        return divisor != 0 ? new FloatValue(a.AsDouble / divisor) : throw new TemplateFault("division by zero");
    }

    /// <summary>Rounds towards minus infinity, as Python does.</summary>
    public static TemplateValue FloorDivide(Number a, Number b)
    {
        if (a.Int is { } x && b.Int is { } y)
        {
            if (!y.IsTrue)
            {
                throw new TemplateFault("integer division or modulo by zero");
            }

            var quotient = BigInteger.DivRem(x.Big, y.Big, out var rest);
            return IntValue.Of(rest.Sign != 0 && rest.Sign != y.Big.Sign ? quotient - 1 : quotient);
        }

        return new FloatValue(FloorDivide(a.AsDouble, b.AsDouble, out _));
    }

    /// <summary>The rest has the sign of the divisor.</summary>
    public static TemplateValue Modulo(Number a, Number b)
    {
        if (a.Int is { } x && b.Int is { } y)
        {
            if (!y.IsTrue)
            {
                throw new TemplateFault("integer division or modulo by zero");
            }

            if (!x.IsBig && !y.IsBig && y.Small != -1)
            {
                var small = x.Small % y.Small;
                return IntValue.Of(small != 0 && (small < 0) != (y.Small < 0) ? small + y.Small : small);
            }

            var rest = BigInteger.Remainder(x.Big, y.Big);
            return IntValue.Of(rest.Sign != 0 && rest.Sign != y.Big.Sign ? rest + y.Big : rest);
        }

        FloorDivide(a.AsDouble, b.AsDouble, out var modulo);
        return new FloatValue(modulo);
    }

    public static TemplateValue Power(Number a, Number b)
    {
        if (a.Int is { } x && b.Int is { } y && (y.IsBig ? y.Big.Sign : y.Small) >= 0)
        {
            if (x.IsBig || x.Small is not (0 or 1 or -1))
            {
                // |x| >= 2: the result has at least (bits - 1) * exponent bits.
                var bits = x.Big.IsPowerOfTwo || x.Big.Sign < 0 ? x.Big.GetBitLength() : x.Big.GetBitLength() - 1;
                if (y.IsBig || y.Small > TemplateLimits.MaxIntegerBits || Math.Max(1, bits - 1) * y.Small > TemplateLimits.MaxIntegerBits)
                {
                    throw new TemplateFault("the result of ** is too large");
                }

                return IntValue.Of(BigInteger.Pow(x.Big, (int)y.Small));
            }

            var odd = y.IsBig ? !y.Big.IsEven : (y.Small & 1) != 0;
            return x.Small switch
            {
                1 => IntValue.One,
                -1 => IntValue.Of(odd ? -1 : 1),
                _ => y.IsTrue ? IntValue.Zero : IntValue.One,
            };
        }

        double @base = a.AsDouble, exponent = b.AsDouble;
        if (@base == 0 && exponent < 0)
        {
            throw new TemplateFault("0 cannot be raised to a negative power");
        }

        if (@base < 0 && double.IsFinite(@base) && double.IsFinite(exponent) && !double.IsInteger(exponent))
        {
            throw new TemplateFault("a negative number cannot be raised to a fractional power here");
        }

        // Python: 1 to the power of anything is 1, NaN included; .NET agrees since Core 3.0.
        var result = Math.Pow(@base, exponent);
        return double.IsInfinity(result) && double.IsFinite(@base) && double.IsFinite(exponent)
            ? throw new TemplateFault("the result of ** is too large")
            : new FloatValue(result);
    }

    public static TemplateValue Negate(Number a) => a.Int is { } x
        ? x.IsBig || x.Small == long.MinValue ? IntValue.Of(-x.Big) : IntValue.Of(-x.Small)
        : new FloatValue(-a.Float);

    public static TemplateValue Absolute(Number a) => a.Int is { } x
        ? (x.IsBig ? x.Big.Sign < 0 : x.Small < 0) ? Negate(a) : x
        : new FloatValue(Math.Abs(a.Float));

    private static int? Compare(IntValue a, double b)
    {
        if (double.IsNaN(b))
        {
            return null;
        }

        if (double.IsInfinity(b))
        {
            return b > 0 ? -1 : 1;
        }

        if (!a.IsBig && a.Small is <= 1L << 53 and >= -(1L << 53))
        {
            return ((double)a.Small).CompareTo(b);
        }

        var floor = Math.Floor(b);
        var order = a.Big.CompareTo(new BigInteger(floor));
        return order != 0 ? order : floor < b ? -1 : 0;
    }

    // CPython's float_divmod: the rest is made to have the divisor's sign, the quotient is snapped to a whole number.
    private static double FloorDivide(double a, double b, out double modulo)
    {
        if (b == 0)
        {
            throw new TemplateFault("float floor division or modulo by zero");
        }

        modulo = a % b;
        var quotient = (a - modulo) / b;
        if (modulo != 0)
        {
            if ((b < 0) != (modulo < 0))
            {
                modulo += b;
                quotient -= 1;
            }
        }
        else
        {
            modulo = Math.CopySign(0, b);
        }

        if (quotient == 0)
        {
            return Math.CopySign(0, a / b);
        }

        var floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }
}
