using System.Globalization;

namespace Colibri.Text.Unicode;

/// <summary>Sorted ranges of code points, read from the generated tables.</summary>
internal static class RangeTable
{
    /// <summary>Reads entries of first, last (hexadecimal) and value (decimal), with ';' between them.</summary>
    public static (int[] Firsts, int[] Lasts, int[] Values) Read(string table)
    {
        var entries = table.Split(';');
        var (firsts, lasts, values) = (new int[entries.Length], new int[entries.Length], new int[entries.Length]);
        for (var i = 0; i < entries.Length; i++)
        {
            var fields = entries[i].Split(' ');
            firsts[i] = int.Parse(fields[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            lasts[i] = int.Parse(fields[1], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            values[i] = int.Parse(fields[2], CultureInfo.InvariantCulture);
        }

        return (firsts, lasts, values);
    }

    /// <summary>The range that holds a code point, or -1.</summary>
    public static int Find(int[] firsts, int[] lasts, int codePoint)
    {
        var index = Array.BinarySearch(firsts, codePoint);
        index = index >= 0 ? index : ~index - 1;
        return index >= 0 && codePoint <= lasts[index] ? index : -1;
    }
}
