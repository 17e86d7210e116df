namespace Colibri.Generation.Constraints;

/// <summary>A part of a rule: what all front ends are translated to.</summary>
internal abstract record GrammarNode
{
    /// <summary>The empty text.</summary>
    public static GrammarNode Nothing { get; } = new Sequence([]);

    /// <summary>One character out of a set; an empty set matches nothing.</summary>
    public sealed record Characters(CodePointRanges Set) : GrammarNode;

    /// <summary>Parts one after the other.</summary>
    public sealed record Sequence(IReadOnlyList<GrammarNode> Parts) : GrammarNode;

    /// <summary>One of several.</summary>
    public sealed record Choice(IReadOnlyList<GrammarNode> Options) : GrammarNode;

    /// <summary>A part several times; <paramref name="Most"/> -1 is without limit.</summary>
    public sealed record Repeat(GrammarNode Part, int Least, int Most) : GrammarNode;

    /// <summary>What a rule matches.</summary>
    public sealed record Rule(int Index) : GrammarNode;

    /// <summary>Places with parts that lead from one to another, from the first place to any that is final.</summary>
    public sealed record Network(IReadOnlyList<NetworkPlace> Places) : GrammarNode;

    /// <summary>A place of a network: the parts that can come there with the places they lead to, and whether it is final.</summary>
    public sealed record NetworkPlace(IReadOnlyList<(GrammarNode Part, int Target)> Moves, bool Final);

    /// <summary>What nothing matches.</summary>
    public static GrammarNode Never { get; } = new Characters(CodePointRanges.None);

    /// <summary>A text as it stands.</summary>
    public static GrammarNode Text(string text)
    {
        var parts = new List<GrammarNode>();
        foreach (var rune in text.EnumerateRunes())
        {
            parts.Add(new Characters(CodePointRanges.Of(rune.Value)));
        }

        return parts.Count == 1 ? parts[0] : new Sequence(parts);
    }

    /// <summary>One of the given characters.</summary>
    public static GrammarNode OneOf(params IEnumerable<(int First, int Last)> ranges) => new Characters(CodePointRanges.Of(ranges));

    /// <summary>Parts one after the other.</summary>
    public static GrammarNode All(params IReadOnlyList<GrammarNode> parts) => parts.Count == 1 ? parts[0] : new Sequence(parts);

    /// <summary>One of several parts.</summary>
    public static GrammarNode Either(params IReadOnlyList<GrammarNode> options) => options.Count == 1 ? options[0] : new Choice(options);

    /// <summary>The part or nothing.</summary>
    public static GrammarNode Optional(GrammarNode part) => new Repeat(part, 0, 1);
}
