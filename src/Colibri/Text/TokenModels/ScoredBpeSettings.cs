namespace Colibri.Text.TokenModels;

/// <summary>What a SentencePiece byte-pair model does besides merging.</summary>
internal sealed record ScoredBpeSettings
{
    /// <summary>The tokens of the 256 bytes, -1 for those missing.</summary>
    public required int[] ByteTokens { get; init; }

    /// <summary>The token of characters that have none and whose bytes have none, or -1 to drop them.</summary>
    public int UnknownId { get; init; } = -1;

    /// <summary>Symbols that are found before anything merges, or null for none.</summary>
    public TokenTrie? UserDefined { get; init; }

    /// <summary>By id: tokens that never merge, or null for none.</summary>
    public bool[]? Frozen { get; init; }

    /// <summary>By id: tokens that only lead to longer ones and come out as their parts, or null for none.</summary>
    public bool[]? Unused { get; init; }
}
