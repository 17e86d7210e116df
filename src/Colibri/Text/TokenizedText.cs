namespace Colibri.Text;

/// <summary>A text as tokens, with all that is known of each. The lists have one entry for each token.</summary>
public sealed class TokenizedText
{
    /// <summary>Token ids.</summary>
    public required int[] Ids { get; init; }

    /// <summary>Type ids: which part of a pair a token counts for.</summary>
    public required int[] TypeIds { get; init; }

    /// <summary>Where each token lies in its text.</summary>
    public required TokenSpan[] Spans { get; init; }

    /// <summary>1 for tokens, 0 for filling.</summary>
    public required int[] AttentionMask { get; init; }

    /// <summary>Whether a token was put around the text (or fills it up) and does not come from it.</summary>
    public required bool[] IsAdded { get; init; }

    /// <summary>Which word of its text each token comes from, counted from 0; -1 for added tokens.</summary>
    public required int[] WordIndices { get; init; }

    /// <summary>Which text each token comes from: 0, or 1 for the second of a pair; -1 for added tokens.</summary>
    public required int[] SequenceIndices { get; init; }

    /// <summary>The parts that truncation cut off, each processed like a text of its own.</summary>
    public IReadOnlyList<TokenizedText> Overflow { get; init; } = [];
}
