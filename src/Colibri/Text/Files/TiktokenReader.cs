using System.Text;
using Colibri.Text.AddedTokens;
using Colibri.Text.Decoders;
using Colibri.Text.Patterns;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;
using Colibri.Text.Unicode;

namespace Colibri.Text.Files;

/// <summary>
/// Reads tiktoken's rank files: on each line a token in base64, a space and its rank, which is its id. Two neighbours
/// merge where their bytes together are a token, the lowest rank first.
/// </summary>
internal static class TiktokenReader
{
    /// <summary>Reads a file's bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="pattern">How text is cut: a name (gpt2, r50k_base, p50k_base, p50k_edit, cl100k_base, o200k_base, o200k_harmony, llama3, qwen) or a regular expression.</param>
    /// <param name="specials">Special tokens with their ids; null takes those that belong to the name.</param>
    /// <exception cref="InputException">The file, the pattern or the special tokens are faulty.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> data, string file, string pattern, IReadOnlyDictionary<string, int>? specials) =>
        Read(ReadRanks(data, file), file, pattern, specials);

    /// <summary>Puts a tokenizer together from tokens and their ranks.</summary>
    public static TokenizerParts Read(List<KeyValuePair<byte[], int>> entries, string file, string pattern, IReadOnlyDictionary<string, int>? specials)
    {
        var table = TokenTable.Build(entries);
        if (table.Count < entries.Count)
        {
            throw new InputException($"{file}: a token comes twice; each is expected once.");
        }

        var limit = VocabularyReader.HighestId(entries.Count);
        var known = TiktokenPatterns.Find(pattern);
        var added = new List<AddedToken>();
        var byId = entries.Select(e => e.Value).ToHashSet();
        foreach (var (text, id) in specials ?? known?.Specials ?? new Dictionary<string, int>())
        {
            if (text.Length == 0 || id < 0 || id > limit || !byId.Add(id))
            {
                throw new InputException($"{file}: the special token '{text}' has the id {id}; text and an id of its own from 0 to {limit} are expected.");
            }

            added.Add(new AddedToken { Id = id, Content = text, Special = true });
        }

        var end = added.Find(t => t.Content == "<|endoftext|>")?.Id;
        return new TokenizerParts
        {
            Vocabulary = new TokenTexts(entries.Select(e => KeyValuePair.Create(Encoding.UTF8.GetBytes(ByteAlphabet.Encode(e.Key)), e.Value)).ToList()),
            Model = new RankedBpeModel(table, entries),
            AddedTokens = added,
            PreTokenizer = PatternSplits.FindKnown(known?.Pattern ?? pattern, SplitBehaviour.Removed, invert: true)
                ?? new PatternSplit(Compile(known?.Pattern ?? pattern), SplitBehaviour.Removed, invert: true),
            Decoder = new ByteLevelDecoder(),
            DecodedTexts = added.ToDictionary(t => t.Id, t => ByteAlphabet.Encode(Encoding.UTF8.GetBytes(t.Content))),
            EndOfTextId = end,
        };
    }

    private static Pattern Compile(string pattern) => Pattern.Compile(pattern, PatternDialect.Rust);

    /// <summary>The tokens with their ranks.</summary>
    public static List<KeyValuePair<byte[], int>> ReadRanks(ReadOnlySpan<byte> data, string file)
    {
        var entries = new List<KeyValuePair<byte[], int>>();
        var line = 0;
        var highest = -1;
        while (!data.IsEmpty)
        {
            line++;
            var end = data.IndexOf((byte)'\n');
            var content = (end < 0 ? data : data[..end]).Trim((byte)'\r');
            data = end < 0 ? default : data[(end + 1)..];
            if (content.IsEmpty)
            {
                continue;
            }

            var space = content.IndexOf((byte)' ');
            var buffer = new byte[content.Length];
            if (space <= 0
                || System.Buffers.Text.Base64.DecodeFromUtf8(content[..space], buffer, out _, out var length) != System.Buffers.OperationStatus.Done
                || length == 0
                || !System.Buffers.Text.Utf8Parser.TryParse(content[(space + 1)..], out int rank, out var parsed)
                || parsed != content.Length - space - 1
                || rank < 0)
            {
                throw new InputException($"{file}: line {line} is '{Encoding.UTF8.GetString(content)}'; a token in base64, a space and its rank are expected.");
            }

            highest = Math.Max(highest, rank);
            entries.Add(KeyValuePair.Create(buffer[..length], rank));
        }

        if (entries.Count == 0)
        {
            throw new InputException($"{file}: no tokens in it; lines of a token in base64, a space and its rank are expected.");
        }

        if (highest > VocabularyReader.HighestId(entries.Count) || entries.DistinctBy(e => e.Value).Count() < entries.Count)
        {
            throw new InputException($"{file}: its {entries.Count} tokens have ranks up to {highest}, some of them more than once or far apart; a rank for each is expected.");
        }

        return entries;
    }
}
