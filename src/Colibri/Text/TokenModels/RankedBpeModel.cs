using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>
/// tiktoken's byte-pair encoding: a word that is a token is taken whole; else bytes merge where their bytes together are a
/// token, the lowest id first. Bytes without a token are dropped.
/// </summary>
internal sealed class RankedBpeModel : TokenModel
{
    private readonly TokenTable table;
    private readonly int[] single = new int[256];
    private readonly WordCache words = new();

    // Parts of a long word are merged even where they are tokens: a token need not come out of its own merges.
    private readonly WordCache longParts = new();
    private readonly NeighbourFilter neighbours = new();

    /// <summary>Creates the model.</summary>
    /// <param name="table">Tokens by their bytes; ids are ranks.</param>
    /// <param name="entries">The same as a list.</param>
    public RankedBpeModel(TokenTable table, IEnumerable<KeyValuePair<byte[], int>> entries)
    {
        this.table = table;
        Span<byte> one = stackalloc byte[1];
        for (var b = 0; b < 256; b++)
        {
            one[0] = (byte)b;
            single[b] = table.Find(one);
        }

        foreach (var (bytes, _) in entries)
        {
            for (var i = 1; i < bytes.Length; i++)
            {
                neighbours.Add(bytes[i - 1], bytes[i]);
            }
        }
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length <= WordCache.LongestWord)
        {
            TokenizePart(word, sink, isWord: true);
            return;
        }

        var whole = word.Length <= table.LongestKey ? table.Find(word) : -1;
        if (whole >= 0)
        {
            sink.Add(whole, 0, word.Length);
            return;
        }

        var start = 0;
        for (var i = 1; i < word.Length; i++)
        {
            if (!neighbours.MayJoin(word[i - 1], word[i]))
            {
                TokenizePart(word[start..i], sink, isWord: false);
                sink.Shift(i - start);
                start = i;
            }
        }

        TokenizePart(word[start..], sink, isWord: false);
    }

    private void TokenizePart(ReadOnlySpan<byte> word, TokenSink sink, bool isWord)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Merge(word, sink.Chain);
            for (int i = 0, at = 0; i < sink.Chain.Count; at = sink.Chain.End(i++))
            {
                sink.Add(sink.Chain.Symbol(i), at, sink.Chain.End(i));
            }

            return;
        }

        var hash = TokenTable.Hash(word);
        var cache = isWord ? words : longParts;
        var entry = cache.Find(word, hash);
        if (entry is null)
        {
            var chain = sink.Chain;
            var whole = isWord ? table.Find(word) : -1;
            if (whole >= 0)
            {
                chain.Clear();
                chain.Add(whole, word.Length);
            }
            else
            {
                Merge(word, chain);
            }

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

    private void Merge(ReadOnlySpan<byte> word, SymbolChain chain)
    {
        chain.Clear();
        for (var i = 0; i < word.Length; i++)
        {
            if (single[word[i]] >= 0)
            {
                chain.Add(single[word[i]], i + 1);
            }
        }

        chain.Merge(word, new LowestId(table));
    }

    private readonly struct LowestId(TokenTable table) : IMergeRule
    {
        public ulong Find(int left, int right, ReadOnlySpan<byte> joined)
        {
            if (joined.Length > table.LongestKey)
            {
                return ulong.MaxValue;
            }

            var id = table.Find(joined);
            return id < 0 ? ulong.MaxValue : ((ulong)(uint)id << 32) | (uint)id;
        }
    }
}
