namespace Colibri.Generation.Constraints;

/// <summary>
/// A grammar as a pushdown automaton over bytes, free of empty moves. A position says which bytes may come, which rules
/// may be called and whether its rule may end there. Every position can reach the end of its rule, so a text that has
/// begun can always be completed.
/// </summary>
internal sealed class GrammarAutomaton
{
    /// <summary>The byte moves of each position.</summary>
    public required ByteMove[][] Bytes { get; init; }

    /// <summary>The calls of each position.</summary>
    public required CallMove[][] Calls { get; init; }

    /// <summary>Whether a rule may end at each position.</summary>
    public required bool[] Final { get; init; }

    /// <summary>The first position of each rule.</summary>
    public required int[] Start { get; init; }

    /// <summary>A rule's place in an order where a rule stands before all rules it can call before taking a byte.</summary>
    public required int[] Rank { get; init; }

    /// <summary>The rule a text starts with.</summary>
    public required int Root { get; init; }

    /// <summary>Whether the empty text matches.</summary>
    public required bool MatchesEmpty { get; init; }

    /// <summary>Where characters of a set can come many times in a row.</summary>
    public required GrammarRuns Runs { get; init; }

    /// <summary>For each byte its class: bytes of one class lead everywhere to the same.</summary>
    public required byte[] ByteClass { get; init; }

    /// <summary>A byte of each class.</summary>
    public required byte[] ClassByte { get; init; }

    /// <summary>Whether nothing is left of a rule at a position but to end.</summary>
    public bool IsEnd(int position) => Final[position] && Bytes[position].Length == 0 && Calls[position].Length == 0;
}

/// <summary>A move with any byte from first to last.</summary>
internal readonly record struct ByteMove(byte First, byte Last, int Target);

/// <summary>A rule to match before going on.</summary>
internal readonly record struct CallMove(int Rule, int Target);
