using System.Runtime.CompilerServices;
using Colibri.Text.Patterns;

namespace Colibri.Generation.Constraints;

/// <summary>A set of Unicode scalar values as sorted, disjoint, non-adjacent ranges; surrogates are never members.</summary>
internal sealed class CodePointRanges
{
    private const int Last = 0x10FFFF;
    private static readonly ConditionalWeakTable<CodePointSet, CodePointRanges> Listed = [];

    private CodePointRanges(List<(int First, int Last)> ranges) => Ranges = ranges;

    /// <summary>No character.</summary>
    public static CodePointRanges None { get; } = new([]);

    /// <summary>Every character.</summary>
    public static CodePointRanges Any { get; } = Of((0, Last));

    /// <summary>The ranges, ends included.</summary>
    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    /// <summary>Puts ranges in order; they may overlap.</summary>
    public static CodePointRanges Of(params IEnumerable<(int First, int Last)> ranges)
    {
        var merged = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges.SelectMany(WithoutSurrogates).Order())
        {
            if (merged.Count > 0 && first <= merged[^1].Last + 1)
            {
                merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, last));
            }
            else
            {
                merged.Add((first, last));
            }
        }

        return new CodePointRanges(merged);
    }

    /// <summary>One character.</summary>
    public static CodePointRanges Of(int codePoint) => Of((codePoint, codePoint));

    /// <summary>The members of several characters' string.</summary>
    public static CodePointRanges OfEach(string characters) => Of(characters.Select(c => ((int)c, (int)c)));

    /// <summary>The members of a set that is given by a test; each set is gone through once.</summary>
    public static CodePointRanges Of(CodePointSet set) => Listed.GetValue(set, static s =>
    {
        var ranges = new List<(int, int)>();
        var first = -1;
        for (var c = 0; c <= Last + 1; c++)
        {
            var member = c <= Last && s.Contains(c);
            if (member && first < 0)
            {
                first = c;
            }
            else if (!member && first >= 0)
            {
                ranges.Add((first, c - 1));
                first = -1;
            }
        }

        return Of(ranges);
    });

    /// <summary>Members of either.</summary>
    public CodePointRanges Union(CodePointRanges other) => Of(Ranges.Concat(other.Ranges));

    /// <summary>Everything else.</summary>
    public CodePointRanges Negate()
    {
        var rest = new List<(int, int)>();
        var next = 0;
        foreach (var (first, last) in Ranges)
        {
            if (first > next)
            {
                rest.Add((next, first - 1));
            }

            next = last + 1;
        }

        if (next <= Last)
        {
            rest.Add((next, Last));
        }

        return Of(rest);
    }

    /// <summary>Members that the other lacks.</summary>
    public CodePointRanges Except(CodePointRanges other) => Negate().Union(other).Negate();

    /// <summary>Whether a character is a member.</summary>
    public bool Contains(int codePoint)
    {
        foreach (var (first, last) in Ranges)
        {
            if (codePoint <= last)
            {
                return codePoint >= first;
            }
        }

        return false;
    }

    /// <summary>Whether a character from one to another is a member.</summary>
    public bool Intersects(int first, int last)
    {
        var (from, to) = (0, Ranges.Count);
        while (from < to)
        {
            var middle = (from + to) >>> 1;
            (from, to) = Ranges[middle].Last < first ? (middle + 1, to) : (from, middle);
        }

        return from < Ranges.Count && Ranges[from].First <= last;
    }

    /// <summary>How many members there are.</summary>
    public int Count()
    {
        var count = 0;
        foreach (var (first, last) in Ranges)
        {
            count += last - first + 1;
        }

        return count;
    }

    private static IEnumerable<(int First, int Last)> WithoutSurrogates((int First, int Last) range)
    {
        if (range.First < 0xD800 && range.First <= range.Last)
        {
            yield return (range.First, Math.Min(range.Last, 0xD7FF));
        }

        if (range.Last > 0xDFFF)
        {
            yield return (Math.Max(range.First, 0xE000), range.Last);
        }
    }
}
