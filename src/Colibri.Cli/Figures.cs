using System.Globalization;

namespace Colibri.Cli;

/// <summary>Numbers as a person reads them.</summary>
internal static class Figures
{
    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Bytes in binary units, for example <c>1.2 GiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < BinaryUnits.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return $"{Number(bytes)} {BinaryUnits[unit]}";
    }

    /// <summary>A rate in thousand millions, for example <c>46.2</c>.</summary>
    public static string Giga(double rate) => Number(rate / 1e9);

    /// <summary>Three significant figures, never an exponent.</summary>
    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "#,0", >= 10 => "0.0", _ => "0.##" }, CultureInfo.InvariantCulture);

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
