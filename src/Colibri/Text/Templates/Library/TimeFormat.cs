using System.Globalization;

namespace Colibri.Text.Templates;

/// <summary>strftime: a time in the notation of C, in English.</summary>
internal static class TimeFormat
{
    /// <exception cref="TemplateFault">The format names a directive there is not.</exception>
    public static string Format(Interpreter run, DateTimeOffset time, string format)
    {
        var result = new ChargedText(run);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%' || at + 1 >= format.Length)
            {
                result.Append(format[at]);
                continue;
            }

            // GNU flags: no padding, padding with spaces or zeros, capitals.
            var flag = format[++at] is '-' or '_' or '0' or '^' ? format[at++] : '\0';
            if (at >= format.Length)
            {
                throw new TemplateFault("the time format ends inside a directive");
            }

            var piece = Directive(run, time, format[at]);
            result.Append(flag switch
            {
                '-' => piece.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0",
                '_' when piece.Length > 1 && char.IsAsciiDigit(piece[^1]) => Spaced(piece),
                '0' => piece.Replace(' ', '0'),
                '^' => piece.ToUpperInvariant(),
                _ => piece,
            });
        }

        return result.ToString();
    }

    private static string Spaced(string piece)
    {
        var zeros = Math.Min(piece.Length - piece.TrimStart('0').Length, piece.Length - 1);
        return new string(' ', zeros) + piece[zeros..];
    }

    private static string Directive(Interpreter run, DateTimeOffset time, char directive) => directive switch
    {
        'a' => time.ToString("ddd", CultureInfo.InvariantCulture),
        'A' => time.ToString("dddd", CultureInfo.InvariantCulture),
        'b' or 'h' => time.ToString("MMM", CultureInfo.InvariantCulture),
        'B' => time.ToString("MMMM", CultureInfo.InvariantCulture),
        'c' => Format(run, time, "%a %b %e %H:%M:%S %Y"),
        'C' => Padded(time.Year / 100, 2),
        'd' => Padded(time.Day, 2),
        'D' or 'x' => Format(run, time, "%m/%d/%y"),
        'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'f' => Padded((int)(time.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond), 6),
        'F' => Format(run, time, "%Y-%m-%d"),
        'g' => Padded(ISOWeek.GetYear(time.DateTime) % 100, 2),
        'G' => ISOWeek.GetYear(time.DateTime).ToString(CultureInfo.InvariantCulture),
        'H' => Padded(time.Hour, 2),
        'I' => Padded(Hour12(time), 2),
        'j' => Padded(time.DayOfYear, 3),
        'k' => time.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'l' => Hour12(time).ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'm' => Padded(time.Month, 2),
        'M' => Padded(time.Minute, 2),
        'n' => "\n",
        'p' => time.Hour < 12 ? "AM" : "PM",
        'P' => time.Hour < 12 ? "am" : "pm",
        'r' => Format(run, time, "%I:%M:%S %p"),
        'R' => Format(run, time, "%H:%M"),
        's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        'S' => Padded(time.Second, 2),
        't' => "\t",
        'T' or 'X' => Format(run, time, "%H:%M:%S"),
        'u' => (time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'U' => Padded((time.DayOfYear + 6 - (int)time.DayOfWeek) / 7, 2),
        'V' => Padded(ISOWeek.GetWeekOfYear(time.DateTime), 2),
        'w' => ((int)time.DayOfWeek).ToString(CultureInfo.InvariantCulture),
        'W' => Padded((time.DayOfYear + 6 - (((int)time.DayOfWeek + 6) % 7)) / 7, 2),
        'y' => Padded(time.Year % 100, 2),
        'Y' => time.Year.ToString(CultureInfo.InvariantCulture),

        // The reference's now() has no time zone, and both stay empty there.
        'z' or 'Z' => "",
        '%' => "%",
        _ => throw new TemplateFault($"the time format has no directive '%{directive}'"),
    };

    private static int Hour12(DateTimeOffset time) => ((time.Hour + 11) % 12) + 1;

    private static string Padded(int number, int width) => number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0');
}
