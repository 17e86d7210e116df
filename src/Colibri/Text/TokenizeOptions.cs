namespace Colibri.Text;

/// <summary>How texts are tokenized in detail.</summary>
public sealed record TokenizeOptions
{
    /// <summary>Whether to add the tokens the model wants around a text (BOS, CLS ...).</summary>
    public bool AddSpecialTokens { get; init; } = true;

    /// <summary>Whether special tokens spelled out in the text become their ids.</summary>
    public bool ParseSpecialTokens { get; init; } = true;

    /// <summary>How long texts are cut; null does not cut. <see cref="Tokenizer.Truncation"/> is what the file asks for.</summary>
    public TruncationSettings? Truncation { get; init; }

    /// <summary>How texts are filled up; null does not fill. <see cref="Tokenizer.Padding"/> is what the file asks for.</summary>
    public PaddingSettings? Padding { get; init; }
}
