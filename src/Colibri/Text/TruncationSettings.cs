namespace Colibri.Text;

/// <summary>How texts that are too long are cut, as tokenizer.json states it.</summary>
public sealed record TruncationSettings
{
    /// <summary>The most tokens, special ones included.</summary>
    public required int MaxLength { get; init; }

    /// <summary>Tokens that two neighbouring parts share, where the parts cut off are wanted too.</summary>
    public int Stride { get; init; }

    /// <summary>Which text of a pair is cut.</summary>
    public TruncationStrategy Strategy { get; init; }

    /// <summary>Whether the beginning is cut off and not the end.</summary>
    public bool FromLeft { get; init; }
}

/// <summary>Which text of a pair is cut.</summary>
public enum TruncationStrategy
{
    /// <summary>The longer one first.</summary>
    LongestFirst,

    /// <summary>Only the first.</summary>
    OnlyFirst,

    /// <summary>Only the second.</summary>
    OnlySecond,
}
