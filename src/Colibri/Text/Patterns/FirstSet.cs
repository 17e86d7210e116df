namespace Colibri.Text.Patterns;

/// <summary>The characters a part of a pattern can begin with, to skip parts that cannot match here.</summary>
/// <param name="Low">ASCII below 64, as bits.</param>
/// <param name="High">ASCII from 64 on, as bits.</param>
/// <param name="Others">Whether any other character may begin it.</param>
/// <param name="MayBeEmpty">Whether it can match without taking a character; then anything may follow.</param>
internal readonly record struct FirstSet(ulong Low, ulong High, bool Others, bool MayBeEmpty)
{
    /// <summary>Nothing is ruled out.</summary>
    public static readonly FirstSet Anything = new(ulong.MaxValue, ulong.MaxValue, true, true);

    /// <summary>Whether a part may match where this is the next byte.</summary>
    public bool Allows(byte next) =>
        MayBeEmpty || (next < 64 ? (Low >> next & 1) != 0 : next < 128 ? (High >> (next - 64) & 1) != 0 : Others);

    /// <summary>What either of two may begin with.</summary>
    public FirstSet Or(FirstSet other) => new(Low | other.Low, High | other.High, Others || other.Others, MayBeEmpty || other.MayBeEmpty);

    /// <summary>What a part begins with.</summary>
    public static FirstSet Of(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One one:
                return new FirstSet(one.Set.Low, one.Set.High, one.Set.SingleAscii < 0, false);
            case PatternNode.Sequence sequence:
                var all = new FirstSet(0, 0, false, true);
                foreach (var part in sequence.Parts)
                {
                    var first = Of(part);
                    all = new FirstSet(all.Low | first.Low, all.High | first.High, all.Others || first.Others, first.MayBeEmpty);
                    if (!first.MayBeEmpty)
                    {
                        break;
                    }
                }

                return all;
            case PatternNode.Choice choice:
                return choice.Options.Select(Of).Aggregate((a, b) => a.Or(b));
            case PatternNode.Repeat repeat:
                var body = Of(repeat.Part);
                return repeat.Minimum == 0 ? body with { MayBeEmpty = true } : body;
            case PatternNode.Atomic atomic:
                return Of(atomic.Part);
            default:
                return new FirstSet(0, 0, false, true);
        }
    }
}
