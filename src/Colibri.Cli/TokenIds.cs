using System.Globalization;
using System.Text;

namespace Colibri.Cli;

/// <summary>Lists of token ids as people and scripts write them.</summary>
internal static class TokenIds
{
    private static readonly char[] Separators = [' ', ',', ';', '\t', '\r', '\n', '[', ']'];

    /// <summary>Reads ids with spaces, commas, lines or JSON's brackets between them.</summary>
    /// <param name="text">The list.</param>
    /// <param name="what">Where it stands, for errors.</param>
    /// <exception cref="InputException">Something in it is not a whole number of 0 or more.</exception>
    public static int[] Parse(string text, string what)
    {
        var parts = text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        var ids = new int[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]))
            {
                var shown = parts[i].Length > 40 ? parts[i][..40] + "..." : parts[i];
                throw new InputException($"{what}: '{shown}' is not a token id; whole numbers from 0 up are expected, with spaces or commas between them.");
            }
        }

        return ids;
    }

    /// <summary>The ids, one space apart.</summary>
    public static string Join(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder(6 * ids.Length);
        foreach (var id in ids)
        {
            text.Append(text.Length == 0 ? "" : " ").Append(id.ToString(CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
