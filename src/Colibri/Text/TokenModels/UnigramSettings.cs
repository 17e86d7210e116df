namespace Colibri.Text.TokenModels;

/// <summary>How a unigram model's users differ.</summary>
internal sealed record UnigramSettings
{
    /// <summary>The score of each token, by id.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The unknown token, or -1.</summary>
    public required int UnknownId { get; init; }

    /// <summary>The score of an unknown character.</summary>
    public required double UnknownScore { get; init; }

    /// <summary>The tokens of the 256 bytes, -1 for those missing, or null where bytes are no way out.</summary>
    public int[]? ByteTokens { get; init; }

    /// <summary>Scores are added in float32, as SentencePiece does; else in float64.</summary>
    public bool SinglePrecision { get; init; }
}
