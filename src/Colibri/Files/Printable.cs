using System.Globalization;
using System.Text;

namespace Colibri.Files;

/// <summary>Makes names that come out of a stranger's file fit to stand in a one-line message.</summary>
internal static class Printable
{
    private const int Longest = 96;

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
