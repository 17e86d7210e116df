using System.Globalization;
using Colibri.Files;

namespace Colibri.Cli;

/// <summary>Numbers as a person reads them.</summary>
internal static class Figures
{
    /// <inheritdoc cref="Printable.Bytes(double)"/>
    public static string Bytes(double bytes) => Printable.Bytes(bytes);

    /// <summary>A rate in thousand millions, for example <c>46.2</c>.</summary>
    public static string Giga(double rate) => Number(rate / 1e9);

    /// <inheritdoc cref="Printable.Number(double)"/>
    public static string Number(double value) => Printable.Number(value);

    /// <summary>A ratio, for example <c>5.21x</c>.</summary>
    public static string Times(double ratio) => ratio.ToString("0.00", CultureInfo.InvariantCulture) + "x";

    /// <summary>A share, for example <c>87 %</c>.</summary>
    public static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>A part of a whole: what is there but rounds to nothing is <c>&lt;1 %</c>.</summary>
    public static string Part(double share) => share is > 0 and < 0.005 ? "<1 %" : Percent(share);

    /// <summary>Milliseconds, to the microsecond where there are few.</summary>
    public static string Milliseconds(TimeSpan time) =>
        Math.Abs(time.TotalMilliseconds) < 1 ? time.TotalMilliseconds.ToString("0.000", CultureInfo.InvariantCulture) : Number(time.TotalMilliseconds);
}
