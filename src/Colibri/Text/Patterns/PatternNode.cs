namespace Colibri.Text.Patterns;

/// <summary>A part of a parsed pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>Nothing.</summary>
    public sealed record Empty : PatternNode;

    /// <summary>One character out of a set.</summary>
    public sealed record One(CodePointSet Set) : PatternNode;

    /// <summary>Parts one after the other.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>One of several, the earlier preferred.</summary>
    public sealed record Choice(IReadOnlyList<PatternNode> Options) : PatternNode;

    /// <summary>A part several times; <paramref name="Maximum"/> -1 is without limit.</summary>
    public sealed record Repeat(PatternNode Part, int Minimum, int Maximum, Greed Greed) : PatternNode;

    /// <summary>A part whose way of matching is not tried again.</summary>
    public sealed record Atomic(PatternNode Part) : PatternNode;

    /// <summary>A part that must (or must not) match here without being taken.</summary>
    public sealed record Look(PatternNode Part, bool Behind, bool Negated) : PatternNode;

    /// <summary>A condition on the position.</summary>
    public sealed record Position(PatternPosition Kind) : PatternNode;

    /// <summary>The fewest and the most characters it takes; the most is -1 where there is no limit.</summary>
    public (int Least, int Most) Length() => this switch
    {
        One => (1, 1),
        Sequence s => s.Parts.Select(p => p.Length()).Aggregate((0, 0), Add),
        Choice c => (c.Options.Min(o => o.Length().Least), c.Options.Any(o => o.Length().Most < 0) ? -1 : c.Options.Max(o => o.Length().Most)),
        Repeat r => Times(r.Part.Length(), r.Minimum, r.Maximum),
        Atomic a => a.Part.Length(),
        _ => (0, 0),
    };

    private static (int Least, int Most) Add((int Least, int Most) a, (int Least, int Most) b) =>
        (Limit((long)a.Least + b.Least), a.Most < 0 || b.Most < 0 ? -1 : Limit((long)a.Most + b.Most));

    private static (int Least, int Most) Times((int Least, int Most) part, int minimum, int maximum) =>
        (Limit((long)part.Least * minimum), part.Most == 0 ? 0 : maximum < 0 || part.Most < 0 ? -1 : Limit((long)part.Most * maximum));

    private static int Limit(long value) => (int)Math.Min(value, int.MaxValue);
}

/// <summary>What a repetition prefers.</summary>
internal enum Greed
{
    /// <summary>As many as possible, giving back when the rest needs it.</summary>
    Greedy,

    /// <summary>As few as possible.</summary>
    Lazy,

    /// <summary>As many as possible, giving nothing back.</summary>
    Possessive,
}

/// <summary>Conditions on a position.</summary>
internal enum PatternPosition
{
    /// <summary>\A.</summary>
    TextStart,

    /// <summary>\z.</summary>
    TextEnd,

    /// <summary>\Z: the end, or before a line feed that ends the text.</summary>
    TextEndOrLastLineFeed,

    /// <summary>^ of every line.</summary>
    LineStart,

    /// <summary>$ of every line.</summary>
    LineEnd,

    /// <summary>\b in Oniguruma.</summary>
    WordBoundary,

    /// <summary>\B in Oniguruma.</summary>
    NoWordBoundary,

    /// <summary>\b in Rust.</summary>
    RustWordBoundary,

    /// <summary>\B in Rust.</summary>
    NoRustWordBoundary,
}
