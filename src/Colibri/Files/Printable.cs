using System.Globalization;
using System.Text;

namespace Colibri.Files;

/// <summary>Makes names that come out of a stranger's file fit to stand in a one-line message.</summary>
internal static class Printable
{
    private const int Longest = 96;

    private static readonly string[] BinaryUnits = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Three significant figures, never an exponent.</summary>
    public static string Number(double value) => value.ToString(
        Math.Abs(value) switch { >= 100 => "#,0", >= 10 => "0.0", _ => "0.##" }, CultureInfo.InvariantCulture);

    /// <summary>Bytes in binary units, for example <c>1.2 GiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        while (Math.Abs(bytes) >= 1024 && unit < BinaryUnits.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }

        return unit == 0 ? $"{bytes:0} {BinaryUnits[unit]}" : $"{Number(bytes)} {BinaryUnits[unit]}";
    }

    /// <summary>The text in single quotes, control characters escaped, cut after 96 characters.</summary>
    public static string Quote(string text)
    {
        var result = new StringBuilder("'", Math.Min(text.Length, Longest) + 8);
        foreach (var c in text.AsSpan(0, Math.Min(text.Length, Longest)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
            {
                result.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            }
            else
            {
                result.Append(c);
            }
        }

        return result.Append(text.Length > Longest ? "...'" : "'").ToString();
    }

    /// <summary>The first few names, quoted, and how many more there are.</summary>
    public static string List(IReadOnlyCollection<string> names, int shown = 5)
    {
        var list = string.Join(", ", names.Take(shown).Select(Quote));
        return names.Count > shown ? $"{list} and {names.Count - shown} more" : list;
    }

    /// <summary>A shape in square brackets.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";
}
