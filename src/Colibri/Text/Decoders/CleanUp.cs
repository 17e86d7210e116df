namespace Colibri.Text.Decoders;

/// <summary>Takes out the spaces that word tokenizers put before punctuation and contractions.</summary>
internal static class CleanUp
{
    private static readonly (string Spaced, string Clean)[] Rules =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    /// <summary>A token without them, as Hugging Face's WordPiece decoder has it.</summary>
    public static string ApplyToToken(string token) =>
        token.Contains(' ') ? ApplyToText(token).Replace(" do not", " don't", StringComparison.Ordinal) : token;

    /// <summary>A whole text without them, as transformers has it.</summary>
    public static string ApplyToText(string text)
    {
        foreach (var (spaced, clean) in Rules)
        {
            text = text.Replace(spaced, clean, StringComparison.Ordinal);
        }

        return text;
    }
}
