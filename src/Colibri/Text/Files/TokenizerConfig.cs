namespace Colibri.Text.Files;

/// <summary>What tokenizer_config.json adds to a tokenizer.json.</summary>
/// <param name="BeginOfText">The text of the beginning-of-text token, or null.</param>
/// <param name="EndOfText">The text of the end-of-text token, or null.</param>
/// <param name="CleansUp">Whether decoding takes out spaces before punctuation.</param>
internal sealed record TokenizerConfig(string? BeginOfText, string? EndOfText, bool CleansUp)
{
    /// <summary>Reads a file's bytes.</summary>
    public static TokenizerConfig Read(ReadOnlyMemory<byte> json, string file)
    {
        var root = JsonField.Parse(json, file);
        return new TokenizerConfig(Token(root, "bos_token"), Token(root, "eos_token"), root.Flag("clean_up_tokenization_spaces", false));
    }

    // A token is a string, or an object with its content.
    private static string? Token(JsonField root, string name) =>
        !root.TryGet(name, out var field) ? null
        : field.Kind == System.Text.Json.JsonValueKind.Object ? field.Text("content")
        : field.AsText();
}
