using System.Text;
using Colibri.Text.AddedTokens;

namespace Colibri.Text.Files;

/// <summary>
/// A Hugging Face folder's tokenizer in GGUF's terms. Byte-level BPE becomes "gpt2" and takes a name for how it cuts text;
/// BPE with byte tokens and SentencePiece's own BPE become "llama", whose scores say what the order of merges says. Each
/// result is held against the folder's tokenizer (<see cref="GgufVocabularyCheck"/>).
/// </summary>
internal static class GgufVocabularyBuilder
{
    /// <summary>Translates a folder's tokenizer.</summary>
    /// <param name="folder">The folder; it has a tokenizer.</param>
    /// <param name="endOfTextId">The model's end-of-text token, or null for the tokenizer's own.</param>
    /// <param name="modelName">The name the new file will have: a few names mean something to tokenizers.</param>
    /// <param name="notes">Receives what differs in corners.</param>
    /// <exception cref="InputException">The tokenizer is faulty, or GGUF has no counterpart for it.</exception>
    public static GgufVocabulary FromFolder(string folder, int? endOfTextId, string? modelName, ICollection<string> notes)
    {
        var raw = GgufRawVocabulary.Read(folder);
        var parts = TokenizerFolder.Read(folder);
        var tokenizer = new PipelineTokenizer(parts);
        var (tokens, types) = Tokens(parts, raw);
        var around = tokenizer.Encode("");
        var begin = tokenizer.BeginOfTextId;
        var end = endOfTextId ?? tokenizer.EndOfTextId;
        var vocabulary = new GgufVocabulary
        {
            File = raw.File,
            Model = raw.HasScores ? "llama" : "gpt2",
            Tokens = tokens,
            TokenTypes = [.. types.Select(t => (int)t)],
            Scores = raw.HasScores ? Scores(raw, tokens, types) : null,
            Merges = raw.HasScores ? null : [.. raw.Merges.Select(m => Encoding.UTF8.GetBytes($"{m.Left} {m.Right}"))],
            BeginOfTextId = begin,
            EndOfTextId = end,
            UnknownId = raw.HasScores && types.IndexOf(GgufTokenType.Unknown) is >= 0 and var unknown ? unknown : null,
            AddBeginOfText = begin is not null && around.Length > 0 && around[0] == begin,
            AddEndOfText = end is not null && around.Length > (around.Length > 0 && around[0] == begin ? 1 : 0) && around[^1] == end,
            ModelName = modelName,
        };
        return GgufVocabularyCheck.First(Candidates(vocabulary, raw), tokenizer, parts.AddedTokens, notes);
    }

    // What the lists do not say: how text is cut, or whether a space goes before it.
    private static IEnumerable<GgufVocabulary> Candidates(GgufVocabulary vocabulary, GgufRawVocabulary raw) => raw.HasScores
        ? [vocabulary with { Pre = "default", AddSpacePrefix = true }, vocabulary with { Pre = "default", AddSpacePrefix = false }]
        : GgufPatterns.Names.Where(name => GgufPatterns.Find(name)!.SpellsBytes).OrderBy(name => name == raw.LikelyPattern ? 0 : 1).ThenBy(name => name, StringComparer.Ordinal)
            .DistinctBy(GgufPatterns.Find).Select(name => vocabulary with { Pre = name });

    private static (List<byte[]> Tokens, List<GgufTokenType> Types) Tokens(TokenizerParts parts, GgufRawVocabulary raw)
    {
        var size = Math.Max(parts.Vocabulary.Size, parts.AddedTokens.Select(t => t.Id + 1).DefaultIfEmpty(0).Max());
        var (tokens, types) = (new List<byte[]>(size), new List<GgufTokenType>(size));
        for (var id = 0; id < size; id++)
        {
            var there = parts.Vocabulary.Has(id);
            tokens.Add(there ? parts.Vocabulary.Bytes(id).ToArray() : Unused(id));
            types.Add(there ? raw.TypeOf(id, tokens[id]) : GgufTokenType.Unused);
        }

        foreach (var token in parts.AddedTokens)
        {
            tokens[token.Id] = Encoding.UTF8.GetBytes(token.Content);
            types[token.Id] = TypeOf(token, raw, types[token.Id]);
        }

        return (tokens, types);
    }

    /// <summary>What a place without a token is called.</summary>
    public static byte[] Unused(int id) => Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"[PAD{id}]"));

    private static GgufTokenType TypeOf(AddedToken token, GgufRawVocabulary raw, GgufTokenType stated) =>
        raw.HasScores && (stated == GgufTokenType.Unknown || token.Content == raw.UnknownToken) ? GgufTokenType.Unknown
        : token.Special ? GgufTokenType.Control
        : GgufTokenType.UserDefined;

    // The pair with the best score is joined first, so an earlier merge scores better; what no merge makes scores worst.
    private static float[] Scores(GgufRawVocabulary raw, List<byte[]> tokens, List<GgufTokenType> types)
    {
        var scores = new float[tokens.Count];
        if (raw.PieceScores is { } pieces)
        {
            pieces.CopyTo(scores, 0);
            return scores;
        }

        for (var id = 0; id < scores.Length; id++)
        {
            scores[id] = types[id] == GgufTokenType.Normal ? -raw.Merges.Count - 1 : 0;
        }

        for (var rank = raw.Merges.Count - 1; rank >= 0; rank--)
        {
            if (raw.Ids!.TryGetValue(raw.Merges[rank].Left + raw.Merges[rank].Right, out var id))
            {
                scores[id] = -rank - 1;
            }
        }

        return scores;
    }
}
