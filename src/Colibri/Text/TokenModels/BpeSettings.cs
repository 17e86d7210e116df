namespace Colibri.Text.TokenModels;

/// <summary>What a byte-pair model does besides merging.</summary>
internal sealed record BpeSettings
{
    /// <summary>Words arrive as raw bytes and each byte is a symbol; otherwise each character is.</summary>
    public bool SymbolsAreBytes { get; init; }

    /// <summary>A word that is a token is taken as it is, without merging.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>A run of line feeds that is a token is taken as it is.</summary>
    public bool WholeLineFeeds { get; init; }

    /// <summary>The token of characters without one; null drops them.</summary>
    public int? UnknownId { get; init; }

    /// <summary>The name of an unknown token that the vocabulary lacks: meeting an unknown character is then an error.</summary>
    public string? MissingUnknownToken { get; init; }

    /// <summary>Neighbouring unknown characters become one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>The tokens of the 256 bytes (-1: none) for characters without a token, or null where there is no such way out.</summary>
    public int[]? ByteTokens { get; init; }

    /// <summary>Put before each character of a word but the first, to look up its symbol.</summary>
    public byte[] ContinuationPrefix { get; init; } = [];

    /// <summary>Put after the last character of a word, to look up its symbol.</summary>
    public byte[] WordSuffix { get; init; } = [];

    /// <summary>For symbols that merges know and the vocabulary does not (ids from <see cref="FirstHiddenSymbol"/> on): the tokens they come out as.</summary>
    public int[][] HiddenSymbols { get; init; } = [];

    /// <summary>A hidden symbol that stands for characters without a token, so that their neighbours do not merge; null drops them before merging.</summary>
    public int? VoidSymbol { get; init; }

    /// <summary>The first id that is not a token.</summary>
    public int FirstHiddenSymbol { get; init; } = int.MaxValue;
}
