namespace Colibri.Generation;

/// <summary>Why generation ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended the text, or a stop text came.</summary>
    Stop,

    /// <summary>As many tokens as asked for, or the context is full.</summary>
    Length,
}

/// <summary>A generated token.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">
/// The text that became certain with it: empty while a character or a stop text is incomplete, and for end-of-text tokens.
/// </param>
/// <param name="Finish">Set on the last token.</param>
public readonly record struct GeneratedToken(int Id, string Text, FinishReason? Finish);

/// <summary>What a generation took. Complete when it has ended.</summary>
public sealed record GenerationStatistics
{
    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; init; }

    /// <summary>Tokens of the prompt that were still in the cache from an earlier turn.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public int GeneratedTokens { get; init; }

    /// <summary>From the first step of the prompt to the first token's choice.</summary>
    public TimeSpan PromptTime { get; init; }

    /// <summary>From the first token's choice to the last one's.</summary>
    public TimeSpan GenerateTime { get; init; }

    /// <summary>The seed in use.</summary>
    public ulong Seed { get; init; }

    /// <summary>Prompt tokens computed per second.</summary>
    public double PromptTokensPerSecond => PromptTime > TimeSpan.Zero ? (PromptTokens - CachedTokens) / PromptTime.TotalSeconds : 0;

    /// <summary>Tokens per second behind the first one.</summary>
    public double GenerateTokensPerSecond => GenerateTime > TimeSpan.Zero ? (GeneratedTokens - 1) / GenerateTime.TotalSeconds : 0;
}
