namespace Colibri.Text.AddedTokens;

/// <summary>A token that is looked for in the text before the model sees it.</summary>
internal sealed record AddedToken
{
    /// <summary>The id.</summary>
    public required int Id { get; init; }

    /// <summary>The text, never empty.</summary>
    public required string Content { get; init; }

    /// <summary>Matches only where no word character touches it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>Takes the white space before it along.</summary>
    public bool StripsLeft { get; init; }

    /// <summary>Takes the white space after it along.</summary>
    public bool StripsRight { get; init; }

    /// <summary>Is looked for in the normalized text, itself normalized.</summary>
    public bool Normalized { get; init; }

    /// <summary>A control token: left out of decoded text, and not read in text unless asked for.</summary>
    public bool Special { get; init; }
}
