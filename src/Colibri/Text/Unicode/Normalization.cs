using System.Globalization;

namespace Colibri.Text.Unicode;

/// <summary>
/// Unicode normalization forms (UAX #15) from the tables of the character database; the runtime's own are not there in
/// invariant mode. Works on a window at a time: text between two starters that cannot interact.
/// </summary>
internal static class Normalization
{
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int VowelCount = 21;
    private const int TrailCount = 28;

    private static readonly Dictionary<int, int[]> Canonical = [];
    private static readonly Dictionary<int, int[]> Compatible = [];
    private static readonly Dictionary<long, int> Compositions = [];
    private static readonly int[] ClassFirsts;
    private static readonly int[] ClassLasts;
    private static readonly int[] Classes;

    static Normalization()
    {
        (ClassFirsts, ClassLasts, Classes) = RangeTable.Read(NormalizationData.CombiningClasses);
        var excluded = NormalizationData.CompositionExclusions.Split(';').Select(Hex).ToHashSet();
        foreach (var entry in NormalizationData.Decompositions.Split(';'))
        {
            var mark = entry.IndexOfAny(['=', '>']);
            var code = Hex(entry[..mark]);
            var mapping = entry[(mark + 1)..].Split(' ').Select(Hex).ToArray();
            Compatible.Add(code, mapping);
            if (entry[mark] == '=')
            {
                Canonical.Add(code, mapping);

                // Singletons and what begins with a mark are never composed.
                if (mapping.Length == 2 && !excluded.Contains(code) && CombiningClass(code) == 0 && CombiningClass(mapping[0]) == 0)
                {
                    Compositions.Add(PairKey(mapping[0], mapping[1]), code);
                }
            }
        }
    }

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public static int CombiningClass(int codePoint)
    {
        if (codePoint < 0x300)
        {
            return 0;
        }

        var index = RangeTable.Find(ClassFirsts, ClassLasts, codePoint);
        return index < 0 ? 0 : Classes[index];
    }

    /// <summary>Appends the full decomposition of a code point, not yet ordered.</summary>
    public static void Decompose(int codePoint, bool compatible, List<int> target)
    {
        if (codePoint < 0xA0)
        {
            target.Add(codePoint);
            return;
        }

        var syllable = codePoint - HangulBase;
        if ((uint)syllable < HangulCount)
        {
            target.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            target.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                target.Add(TrailBase + (syllable % TrailCount));
            }

            return;
        }

        if ((compatible ? Compatible : Canonical).TryGetValue(codePoint, out var mapping))
        {
            foreach (var part in mapping)
            {
                Decompose(part, compatible, target);
            }
        }
        else
        {
            target.Add(codePoint);
        }
    }

    /// <summary>The one character that two make together, or -1.</summary>
    public static int Compose(int first, int second)
    {
        var lead = first - LeadBase;
        var vowel = second - VowelBase;
        if ((uint)lead < 19 && (uint)vowel < VowelCount)
        {
            return HangulBase + (((lead * VowelCount) + vowel) * TrailCount);
        }

        var syllable = first - HangulBase;
        var trail = second - TrailBase;
        if ((uint)syllable < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            return first + trail;
        }

        return Compositions.TryGetValue(PairKey(first, second), out var composed) ? composed : -1;
    }

    private static long PairKey(int first, int second) => ((long)first << 32) | (uint)second;

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
