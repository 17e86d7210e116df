using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>Word pieces as llama.cpp cuts them: from the left the longest token, byte for byte; where none fits the whole word is unknown.</summary>
internal sealed class LongestPieceModel(TokenTable table, int unknownId) : TokenModel
{
    private readonly WordCache cache = new();

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        var keeps = word.Length <= WordCache.LongestWord;
        var hash = keeps ? TokenTable.Hash(word) : 0;
        if (keeps && cache.Find(word, hash) is { } entry)
        {
            for (int i = 0, at = 0; i < entry.Ids.Length; at = entry.Ends[i++])
            {
                sink.Add(entry.Ids[i], at, entry.Ends[i]);
            }

            return;
        }

        var first = sink.Count;
        var ends = new List<byte>();
        for (var start = 0; start < word.Length;)
        {
            // One byte more than the longest token is tried by the reference too, and never found.
            var end = Math.Min(word.Length, start + table.LongestKey);
            var id = -1;
            while (end > start && (id = table.Find(word[start..end])) < 0)
            {
                end--;
            }

            if (id < 0)
            {
                sink.Truncate(first);
                ends.Clear();
                break;
            }

            sink.Add(id, start, end);
            ends.Add((byte)end);
            start = end;
        }

        if (sink.Count == first)
        {
            sink.Add(unknownId, 0, word.Length);
            ends.Add((byte)word.Length);
        }

        if (keeps)
        {
            cache.Keep(new WordCache.Entry(hash, word.ToArray(), sink.Ids[first..].ToArray(), [.. ends]));
        }
    }
}
