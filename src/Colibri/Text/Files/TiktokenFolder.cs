namespace Colibri.Text.Files;

/// <summary>A tiktoken file whose encoding is not named: told by the file's name, what lies beside it, or its number of ranks.</summary>
internal static class TiktokenFolder
{
    // The encodings by their number of ranks.
    private static readonly (int Ranks, string Name)[] Sizes =
        [(50256, "r50k_base"), (50280, "p50k_base"), (100256, "cl100k_base"), (199998, "o200k_base"), (128000, "llama3"), (151643, "qwen")];

    /// <summary>Whether bytes are lines of a token in base64, a space and its rank.</summary>
    public static bool LooksLike(ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)'\n');
        var line = (end < 0 ? data : data[..end]).Trim(" \r"u8);
        var space = line.IndexOf((byte)' ');
        return space > 0 && line.Length < 4096 && line[(space + 1)..].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && System.Buffers.Text.Base64.IsValid(line[..space]);
    }

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="data">The file's bytes.</param>
    /// <param name="path">The file.</param>
    /// <param name="config">What lies beside it.</param>
    /// <exception cref="InputException">The file is faulty, or its encoding cannot be told.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> data, string path, TokenizerConfig config)
    {
        var entries = TiktokenReader.ReadRanks(data, path);
        var name = Path.GetFileNameWithoutExtension(path).Replace('-', '_').ToLowerInvariant();
        var encoding = TiktokenPatterns.Find(name) is not null ? name
            : Sizes.FirstOrDefault(s => s.Ranks == entries.Count).Name
            ?? throw new InputException(
                $"{path}: {entries.Count} tokens; which of tiktoken's encodings it is cannot be told. Name the file after it ({string.Join(", ", TiktokenPatterns.Names)}), or save the tokenizer as tokenizer.json.");
        var known = TiktokenPatterns.Find(encoding)!;

        // Files of a model may rename its special tokens.
        var specials = new Dictionary<string, int>(known.Specials, StringComparer.Ordinal);
        foreach (var token in config.Numbered.Where(t => t.Content.Length > 0))
        {
            foreach (var other in specials.Where(s => s.Value == token.Id).Select(s => s.Key).ToList())
            {
                specials.Remove(other);
            }

            specials[token.Content] = token.Id;
        }

        var parts = TiktokenReader.Read(entries, path, encoding, specials);
        int? Id(string? text) => text is not null && specials.TryGetValue(text, out var id) ? id : null;
        var begin = Id(config.BeginOfText) ?? Id(known.Begin);
        var addsBegin = begin is not null && (config.Flag("add_bos_token") ?? known.Begin is not null);
        return parts with
        {
            BeginOfTextId = begin,
            EndOfTextId = Id(config.EndOfText) ?? Id(known.End) ?? parts.EndOfTextId,
            AddsBeginOfText = addsBegin,
            PostProcessor = addsBegin ? GgufTokenizer.Around(begin, null) : parts.PostProcessor,
        };
    }
}
