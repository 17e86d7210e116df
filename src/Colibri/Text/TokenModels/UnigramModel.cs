using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.TokenModels;

/// <summary>
/// Unigram language model (Kudo 2018): of all ways to cut a text into tokens the one with the highest sum of scores, found
/// in one pass with the best way to every position. Characters without a token count as unknown; neighbours of that kind
/// are one.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    private readonly TokenTrie trie;
    private readonly TokenTable table;
    private readonly UnigramSettings settings;
    private readonly WordCache cache = new();

    [ThreadStatic]
    private static Room? kept;

    /// <summary>Creates the model.</summary>
    /// <param name="trie">The tokens that can be chosen.</param>
    /// <param name="table">All tokens by their bytes.</param>
    /// <param name="settings">The rest.</param>
    public UnigramModel(TokenTrie trie, TokenTable table, UnigramSettings settings)
    {
        this.trie = trie;
        this.table = table;
        this.settings = settings;
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Cut(word, sink.Chain);
            for (int i = 0, at = 0; i < sink.Chain.Count; at = sink.Chain.End(i++))
            {
                sink.Add(sink.Chain.Symbol(i), at, sink.Chain.End(i));
            }

            return;
        }

        var hash = TokenTable.Hash(word);
        var entry = cache.Find(word, hash);
        if (entry is null)
        {
            var chain = sink.Chain;
            Cut(word, chain);
            var ids = new int[chain.Count];
            var ends = new byte[chain.Count];
            for (var i = 0; i < ids.Length; i++)
            {
                ids[i] = chain.Symbol(i);
                ends[i] = (byte)chain.End(i);
            }

            entry = new WordCache.Entry(hash, word.ToArray(), ids, ends);
            cache.Keep(entry);
        }

        for (int i = 0, at = 0; i < entry.Ids.Length; at = entry.Ends[i++])
        {
            sink.Add(entry.Ids[i], at, entry.Ends[i]);
        }
    }

    private void Cut(ReadOnlySpan<byte> text, SymbolChain chain)
    {
        var room = kept ?? new Room();
        kept = null;
        room.Reset(text.Length + 1);
        for (var start = 0; start < text.Length;)
        {
            var size = Math.Min(Utf8Text.LengthOf(text[start]), text.Length - start);
            var best = room.Score[start];
            var whole = false;
            var node = trie.Root(text[start]);
            for (var end = start + 1; node != 0; end++)
            {
                var id = trie.Id(node);
                if (id >= 0)
                {
                    room.Offer(end, start, id, Add(best, settings.Scores[id]));
                    whole |= end - start == size;
                }

                node = end < text.Length ? trie.Child(node, text[end]) : 0;
            }

            if (!whole)
            {
                room.Offer(start + size, start, settings.UnknownId, Add(best, settings.UnknownScore));
            }

            start += size;
        }

        Follow(text, room, chain);
        if (text.Length < 1 << 16)
        {
            kept = room;
        }
    }

    // Walks the best way back from the end, then gives it from the start.
    private void Follow(ReadOnlySpan<byte> text, Room room, SymbolChain chain)
    {
        var steps = room.Way;
        steps.Clear();
        for (var end = text.Length; end > 0; end = room.Start[end])
        {
            steps.Add(end);
        }

        chain.Clear();
        var unknownStart = -1;
        for (var i = steps.Count - 1; i >= 0; i--)
        {
            var end = steps[i];
            if (room.Id[end] == settings.UnknownId)
            {
                unknownStart = unknownStart < 0 ? room.Start[end] : unknownStart;
                if (i > 0 && room.Id[steps[i - 1]] == settings.UnknownId)
                {
                    continue;
                }

                GiveUnknown(text, unknownStart, end, chain);
                unknownStart = -1;
            }
            else
            {
                chain.Add(room.Id[end], end);
            }
        }
    }

    private void GiveUnknown(ReadOnlySpan<byte> text, int start, int end, SymbolChain chain)
    {
        var id = table.Find(text[start..end]);
        if (id >= 0)
        {
            chain.Add(id, end);
            return;
        }

        if (settings.ByteTokens is { } tokens)
        {
            var all = true;
            foreach (var b in text[start..end])
            {
                all &= tokens[b] >= 0;
            }

            if (all)
            {
                for (var i = start; i < end; i++)
                {
                    chain.Add(tokens[text[i]], i + 1);
                }

                return;
            }
        }

        if (settings.UnknownId < 0)
        {
            throw new InputException($"The tokenizer has no token for '{System.Text.Encoding.UTF8.GetString(text[start..end])}', and 'unk_id' names no unknown token.");
        }

        chain.Add(settings.UnknownId, end);
    }

    private double Add(double sum, double score) => settings.SinglePrecision ? (float)((float)sum + (float)score) : sum + score;

    // The best way to each position: its score, where its last token begins, and which that is.
    private sealed class Room
    {
        public double[] Score { get; private set; } = [];

        public int[] Start { get; private set; } = [];

        public int[] Id { get; private set; } = [];

        public List<int> Way { get; } = [];

        public void Reset(int positions)
        {
            if (Score.Length < positions)
            {
                Score = new double[positions + (positions >> 1)];
                Start = new int[Score.Length];
                Id = new int[Score.Length];
            }

            Start.AsSpan(0, positions).Fill(-1);
            Score[0] = 0;
        }

        public void Offer(int end, int start, int id, double score)
        {
            if (Start[end] < 0 || score > Score[end])
            {
                Score[end] = score;
                Start[end] = start;
                Id[end] = id;
            }
        }
    }
}
