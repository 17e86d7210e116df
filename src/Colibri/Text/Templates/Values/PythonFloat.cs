using System.Globalization;
using System.Numerics;
using System.Text;

namespace Colibri.Text.Templates;

/// <summary>
/// Floats as Python writes and reads them. Digits asked for by count are exact and rounded half to even on the binary
/// value, as C's printf does (.NET rounds ties away from zero).
/// </summary>
internal static class PythonFloat
{
    /// <summary>The most digits after the point that a format may ask for.</summary>
    public const int MaxPrecision = 1000;

    /// <summary>repr(): the shortest digits that read back as the same number, always with a point or an exponent.</summary>
    public static string Repr(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }

        var (negative, digits, exponent) = Digits(value.ToString("R", CultureInfo.InvariantCulture));
        var result = new StringBuilder();
        if (negative)
        {
            result.Append('-');
        }

        if (exponent is < -4 or >= 16)
        {
            AppendExponent(result, digits, exponent, 'e');
        }
        else
        {
            AppendFixed(result, digits, exponent);
            if (digits.Length <= exponent + 1)
            {
                result.Append(".0");
            }
        }

        return result.ToString();
    }

    /// <summary>The value with a count of digits after the point ("%.2f").</summary>
    public static string Fixed(double value, int precision)
    {
        if (!double.IsFinite(value))
        {
            return Repr(value);
        }

        var digits = Scaled(Math.Abs(value), precision).ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        var sign = double.IsNegative(value) ? "-" : "";
        return precision == 0 ? sign + digits : $"{sign}{digits[..^precision]}.{digits[^precision..]}";
    }

    /// <summary>The value with one digit before the point and an exponent ("%.2e").</summary>
    public static string Exponential(double value, int precision, char letter = 'e')
    {
        if (!double.IsFinite(value))
        {
            return Repr(value);
        }

        var (digits, exponent) = Significant(Math.Abs(value), precision + 1);
        var result = new StringBuilder();
        if (double.IsNegative(value))
        {
            result.Append('-');
        }

        AppendExponent(result, digits, exponent, letter);
        return result.ToString();
    }

    /// <summary>The value with a count of significant digits, in the shorter of the two notations ("%.6g"); zeros at the
    /// end stay where asked ("%#g").</summary>
    public static string General(double value, int precision, char letter = 'e', bool keepZeros = false)
    {
        if (!double.IsFinite(value))
        {
            return Repr(value);
        }

        precision = Math.Max(1, precision);
        var (digits, exponent) = Significant(Math.Abs(value), precision);
        if (!keepZeros)
        {
            digits = digits.TrimEnd('0');
            digits = digits.Length == 0 ? "0" : digits;
        }

        var result = new StringBuilder();
        if (double.IsNegative(value))
        {
            result.Append('-');
        }

        if (exponent < -4 || exponent >= precision)
        {
            AppendExponent(result, digits, exponent, letter);
        }
        else
        {
            AppendFixed(result, digits, exponent);
        }

        return result.ToString();
    }

    /// <summary>round(value, digits): to the nearest decimal, ties on the exact binary value to even.</summary>
    public static double Round(double value, int digits)
    {
        if (!double.IsFinite(value) || digits > 323)
        {
            return value;
        }

        if (digits < -308)
        {
            return Math.CopySign(0, value);
        }

        if (digits >= 0)
        {
            return double.Parse(Fixed(value, digits), CultureInfo.InvariantCulture);
        }

        // Whole tens, hundreds ...: the value's exact fraction over the power of ten.
        var (mantissa, shift) = Parts(Math.Abs(value));
        var unit = BigInteger.Pow(10, -digits);
        var rounded = DivideToEven(shift >= 0 ? mantissa << shift : mantissa, shift >= 0 ? unit : unit << -shift) * unit;
        var result = Math.CopySign((double)rounded, value);
        return double.IsFinite(result) ? result : throw new TemplateFault("rounded value too large to represent");
    }

    /// <summary>float(text): what Python's float() reads.</summary>
    public static bool TryParse(string text, out double value)
    {
        value = 0;
        text = PythonText.Strip(text, null, true, true);
        var body = text.StartsWith('+') || text.StartsWith('-') ? text[1..] : text;
        if (body.Equals("inf", StringComparison.OrdinalIgnoreCase) || body.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
            return true;
        }

        if (body.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }

        if (body.Length == 0 || body.Length > 4096 || !(char.IsAsciiDigit(body[0]) || body[0] == '.'))
        {
            return false;
        }

        for (var i = 0; i < body.Length; i++)
        {
            var c = body[i];
            var betweenDigits = c == '_' && i > 0 && i + 1 < body.Length && char.IsAsciiDigit(body[i - 1]) && char.IsAsciiDigit(body[i + 1]);
            if (!char.IsAsciiDigit(c) && c is not ('.' or 'e' or 'E' or '+' or '-') && !betweenDigits)
            {
                return false;
            }
        }

        return double.TryParse(
            text.Replace("_", "", StringComparison.Ordinal), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out value);
    }

    // value = mantissa * 2^shift
    private static (BigInteger Mantissa, int Shift) Parts(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7ff);
        var fraction = bits & 0xfffffffffffffL;
        return exponent == 0 ? (fraction, -1074) : (fraction | (1L << 52), exponent - 1075);
    }

    // round-half-even(value * 10^precision)
    private static BigInteger Scaled(double value, int precision)
    {
        var (mantissa, shift) = Parts(value);
        var scale = BigInteger.Pow(10, Math.Abs(precision));
        var numerator = shift >= 0 ? mantissa << shift : mantissa;
        var denominator = shift >= 0 ? BigInteger.One : BigInteger.One << -shift;
        return precision >= 0 ? DivideToEven(numerator * scale, denominator) : DivideToEven(numerator, denominator * scale);
    }

    private static BigInteger DivideToEven(BigInteger numerator, BigInteger denominator)
    {
        var quotient = BigInteger.DivRem(numerator, denominator, out var rest);
        var half = (rest << 1).CompareTo(denominator);
        return half > 0 || (half == 0 && !quotient.IsEven) ? quotient + 1 : quotient;
    }

    // The value as `count` digits and the decimal exponent of the first.
    private static (string Digits, int Exponent) Significant(double value, int count)
    {
        if (value == 0)
        {
            return (new string('0', count), 0);
        }

        var exponent = (int)Math.Floor(Math.Log10(value));
        while (true)
        {
            // The estimate can be off by one, and rounding up may add a digit.
            var digits = Scaled(value, count - 1 - exponent).ToString(CultureInfo.InvariantCulture);
            if (digits.Length == count)
            {
                return (digits, exponent);
            }

            exponent += digits.Length > count ? 1 : -1;
        }
    }

    // Splits .NET's shortest text ("1.5E-07", "123.25") into digits and the exponent of the first.
    private static (bool Negative, string Digits, int Exponent) Digits(string text)
    {
        var negative = text[0] == '-';
        var body = negative ? text[1..] : text;
        var exponent = 0;
        var mark = body.IndexOf('E', StringComparison.Ordinal);
        if (mark >= 0)
        {
            exponent = int.Parse(body.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
            body = body[..mark];
        }

        var point = body.IndexOf('.', StringComparison.Ordinal);
        exponent += (point < 0 ? body.Length : point) - 1;
        var digits = point < 0 ? body : body.Remove(point, 1);
        var zeros = digits.Length - digits.TrimStart('0').Length;
        if (zeros == digits.Length)
        {
            return (negative, "0", 0);
        }

        digits = digits[zeros..].TrimEnd('0');
        return (negative, digits, exponent - zeros);
    }

    private static void AppendExponent(StringBuilder result, string digits, int exponent, char letter)
    {
        result.Append(digits[0]);
        if (digits.Length > 1)
        {
            result.Append('.').Append(digits, 1, digits.Length - 1);
        }

        result.Append(letter).Append(exponent < 0 ? '-' : '+');
        var size = Math.Abs(exponent);
        if (size < 10)
        {
            result.Append('0');
        }

        result.Append(size);
    }

    private static void AppendFixed(StringBuilder result, string digits, int exponent)
    {
        if (exponent < 0)
        {
            result.Append("0.").Append('0', -exponent - 1).Append(digits);
        }
        else if (digits.Length <= exponent + 1)
        {
            result.Append(digits).Append('0', exponent + 1 - digits.Length);
        }
        else
        {
            result.Append(digits, 0, exponent + 1).Append('.').Append(digits, exponent + 1, digits.Length - exponent - 1);
        }
    }
}
