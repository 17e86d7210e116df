namespace Colibri.Text.Files;

/// <summary>Finds the tokenizer in a Hugging Face folder.</summary>
internal static class TokenizerFolder
{
    /// <summary>Whether the folder has a tokenizer that can be read.</summary>
    public static bool HasTokenizer(string folder) => File.Exists(Path.Combine(folder, "tokenizer.json"));

    /// <summary>Reads the tokenizer.</summary>
    public static TokenizerParts Read(string folder)
    {
        var configPath = Path.Combine(folder, "tokenizer_config.json");
        var config = File.Exists(configPath) ? TokenizerConfig.Read(TokenizerFile.Read(configPath), configPath) : null;
        var json = Path.Combine(folder, "tokenizer.json");
        return File.Exists(json)
            ? TokenizerJson.Read(TokenizerFile.Read(json), json, config)
            : throw new InputException($"{folder}: no tokenizer in it; tokenizer.json is expected.");
    }
}
