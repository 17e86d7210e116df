namespace Colibri.Text.Files;

/// <summary>Finds the tokenizer in a Hugging Face folder: tokenizer.json, or else a SentencePiece model.</summary>
internal static class TokenizerFolder
{
    private static readonly string[] SentencePieceFiles = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model"];

    /// <summary>Whether the folder has a tokenizer that can be read.</summary>
    public static bool HasTokenizer(string folder) =>
        File.Exists(Path.Combine(folder, "tokenizer.json")) || FindSentencePiece(folder) is not null;

    /// <summary>Reads the tokenizer.</summary>
    /// <exception cref="InputException">There is none, or it is faulty.</exception>
    public static TokenizerParts Read(string folder)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        if (File.Exists(json))
        {
            var configPath = Path.Combine(folder, "tokenizer_config.json");
            var config = File.Exists(configPath) ? TokenizerConfig.Read(TokenizerFile.Read(configPath), configPath) : null;
            return TokenizerJson.Read(TokenizerFile.Read(json), json, config);
        }

        return FindSentencePiece(folder) is { } model
            ? SentencePieceTokenizer.Read(TokenizerFile.Read(model), model)
            : throw new InputException($"{folder}: no tokenizer in it; tokenizer.json or {string.Join(" or ", SentencePieceFiles)} is expected.");
    }

    private static string? FindSentencePiece(string folder) =>
        SentencePieceFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
}
