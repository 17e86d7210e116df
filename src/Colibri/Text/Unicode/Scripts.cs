
namespace Colibri.Text.Unicode;

/// <summary>The script of each code point.</summary>
internal static class Scripts
{
    private static readonly int[] Firsts;
    private static readonly int[] Lasts;
    private static readonly int[] Numbers;
    private static readonly Dictionary<string, int> Names = new(StringComparer.OrdinalIgnoreCase);

    static Scripts()
    {
        var names = PropertyData.ScriptNames.Split(';');
        for (var i = 0; i < names.Length; i++)
        {
            foreach (var name in names[i].Split(' '))
            {
                Names[name.Replace("_", "", StringComparison.Ordinal)] = i;
            }
        }

        (Firsts, Lasts, Numbers) = RangeTable.Read(PropertyData.ScriptRanges);
        Common = Names["Common"];
        Inherited = Names["Inherited"];
        Han = Names["Han"];
        Hiragana = Names["Hiragana"];
        Katakana = Names["Katakana"];
    }

    /// <summary>The number of the script Common.</summary>
    public static int Common { get; }

    /// <summary>The number of the script Inherited.</summary>
    public static int Inherited { get; }

    /// <summary>The number of the script Han.</summary>
    public static int Han { get; }

    /// <summary>The number of the script Hiragana.</summary>
    public static int Hiragana { get; }

    /// <summary>The number of the script Katakana.</summary>
    public static int Katakana { get; }

    /// <summary>The number of a script by its long or short name without underscores, or -1.</summary>
    public static int Find(string name) => Names.TryGetValue(name, out var number) ? number : -1;

    /// <summary>The number of a code point's script, or -1 where it has none.</summary>
    public static int Of(int codePoint)
    {
        var index = RangeTable.Find(Firsts, Lasts, codePoint);
        return index < 0 ? -1 : Numbers[index];
    }
}
