namespace Colibri.Text.Files;

/// <summary>
/// Finds the tokenizer in a Hugging Face folder, or reads a tokenizer's file on its own: tokenizer.json, a SentencePiece
/// model, a tiktoken file, vocab.json with merges.txt, or vocab.txt. What a file is is told by its content.
/// </summary>
internal static class TokenizerFolder
{
    private static readonly string[] ModelFiles = ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

    /// <summary>What a tokenizer can be read from, for errors and help.</summary>
    public const string Expected = "tokenizer.json, tokenizer.model, a .tiktoken file, vocab.json with merges.txt, or vocab.txt";

    /// <summary>Whether the folder has a tokenizer that can be read.</summary>
    public static bool HasTokenizer(string folder) => Find(folder) is not null;

    /// <summary>Reads a folder's tokenizer.</summary>
    /// <exception cref="InputException">There is none, or it is faulty.</exception>
    public static TokenizerParts Read(string folder) =>
        Find(folder) is { } file ? ReadFile(file) : throw new InputException($"{folder}: no tokenizer in it; {Expected} is expected.");

    /// <summary>Reads a tokenizer's file, with the configuration that lies beside it.</summary>
    /// <exception cref="InputException">It is none, or faulty.</exception>
    public static TokenizerParts ReadFile(string path)
    {
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } above ? above : ".";
        if (Path.GetFileName(path) == "merges.txt")
        {
            path = Path.Combine(folder, "vocab.json");
        }

        var data = TokenizerFile.Read(path);
        var config = TokenizerConfig.Read(folder);
        if (data.AsSpan().TrimStart("\uFEFF \t\r\n"u8) is [(byte)'{', ..] || path.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
        {
            return ReadJson(data, path, folder, config);
        }

        if (TiktokenFolder.LooksLike(data))
        {
            return TiktokenFolder.Read(data, path, config);
        }

        return path.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) ? WordsFolder.Read(path, config) : SentencePieceFolder.Read(data, path, config);
    }

    /// <summary>Whether a file can be a tokenizer on its own, by its name.</summary>
    public static bool LooksLike(string path)
    {
        var name = Path.GetFileName(path);
        return ModelFiles.Contains(name) || name is "vocab.json" or "merges.txt" || name.EndsWith("vocab.txt", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".tiktoken", StringComparison.OrdinalIgnoreCase) || name.EndsWith("tokenizer.json", StringComparison.OrdinalIgnoreCase)
            || name.EndsWith(".model", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The file a folder's tokenizer is read from, or null.</summary>
    public static string? Find(string folder)
    {
        var json = Path.Combine(folder, "tokenizer.json");
        var vocabulary = Path.Combine(folder, "vocab.json");
        var words = Path.Combine(folder, "vocab.txt");
        return File.Exists(json) ? json
            : ModelFiles.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } model ? model
            : Directory.Exists(folder) && Directory.GetFiles(folder, "*.tiktoken").Order(StringComparer.Ordinal).FirstOrDefault() is { } ranks ? ranks
            : File.Exists(vocabulary) && File.Exists(Path.Combine(folder, "merges.txt")) ? vocabulary
            : File.Exists(words) ? words
            : null;
    }

    private static TokenizerParts ReadJson(byte[] data, string path, string folder, TokenizerConfig config)
    {
        var root = JsonField.Parse(data, path);
        if (root.TryGet("model", out var model) && model.Kind == System.Text.Json.JsonValueKind.Object)
        {
            return TokenizerJson.Read(data, path, config);
        }

        if (Path.GetFileName(path) != "vocab.json")
        {
            return TokenizerJson.Read(data, path, config);
        }

        var merges = Path.Combine(folder, "merges.txt");
        return File.Exists(merges)
            ? MergesFolder.Read(path, merges, config)
            : throw new InputException($"{path}: has no merges.txt beside it; both are needed.");
    }
}
