using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>
/// SentencePiece's byte-pair encoding as llama.cpp runs it (llama-vocab.cpp, llm_tokenizer_spm): two neighbours merge
/// where their bytes together are a token, the token with the highest score first; what is left without a token comes
/// out as its bytes. Works on any bytes.
/// </summary>
internal sealed class ScoredBpeModel : TokenModel
{
    private readonly TokenTable table;
    private readonly int[] ranks;
    private readonly int[] byteTokens;
    private readonly int[] single = new int[128];
    private readonly WordCache cache = new();
    private readonly NeighbourFilter neighbours = new();

    /// <summary>Creates the model.</summary>
    /// <param name="table">Tokens by their bytes.</param>
    /// <param name="texts">Their bytes by id.</param>
    /// <param name="scores">Scores by id.</param>
    /// <param name="byteTokens">The tokens of the 256 bytes, -1 for those to be dropped.</param>
    public ScoredBpeModel(TokenTable table, TokenTexts texts, IReadOnlyList<float> scores, int[] byteTokens)
    {
        this.table = table;
        this.byteTokens = byteTokens;
        ranks = Rank(scores);
        Span<byte> one = stackalloc byte[1];
        for (var b = 0; b < single.Length; b++)
        {
            one[0] = (byte)b;
            single[b] = table.Find(one);
        }

        // Any two characters next to each other inside a token may be joined on the way to it.
        for (var id = 0; id < texts.Size; id++)
        {
            var bytes = texts.Bytes(id);
            var before = 0;
            for (var i = 0; i < bytes.Length;)
            {
                var size = CharacterLength(bytes[i..]);
                var character = Pack(bytes.Slice(i, size));
                if (i > 0)
                {
                    neighbours.Add(before, character);
                }

                before = character;
                i += size;
            }
        }
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        var start = 0;
        var before = 0;
        for (var i = 0; i < word.Length;)
        {
            var size = CharacterLength(word[i..]);
            var character = Pack(word.Slice(i, size));
            if (i > start && !neighbours.MayJoin(before, character))
            {
                TokenizePart(word[start..i], sink);
                sink.Shift(i - start);
                start = i;
            }

            before = character;
            i += size;
        }

        TokenizePart(word[start..], sink);
    }

    private void TokenizePart(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Merge(word, sink.Chain);
            Give(word, sink.Chain, sink);
            return;
        }

        var hash = TokenTable.Hash(word);
        var entry = cache.Find(word, hash);
        if (entry is null)
        {
            Merge(word, sink.Chain);
            var collector = new List<(int Id, int End)>();
            Give(word, sink.Chain, collector);
            entry = new WordCache.Entry(hash, word.ToArray(), collector.Select(t => t.Id).ToArray(), collector.Select(t => (byte)t.End).ToArray());
            cache.Keep(entry);
        }

        var at = 0;
        for (var i = 0; i < entry.Ids.Length; i++)
        {
            sink.Add(entry.Ids[i], at, entry.Ends[i]);
            at = entry.Ends[i];
        }
    }

    private void Merge(ReadOnlySpan<byte> word, SymbolChain chain)
    {
        chain.Clear();
        for (var i = 0; i < word.Length;)
        {
            var size = CharacterLength(word[i..]);
            chain.Add(word[i] < 0x80 ? single[word[i]] : table.Find(word.Slice(i, size)), i + size);
            i += size;
        }

        chain.Merge(word, new BestScore(table, ranks));
    }

    private void Give(ReadOnlySpan<byte> word, SymbolChain chain, TokenSink sink)
    {
        var start = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var end = chain.End(i);
            if (chain.Symbol(i) >= 0)
            {
                sink.Add(chain.Symbol(i), start, end);
            }
            else
            {
                for (var b = start; b < end; b++)
                {
                    if (byteTokens[word[b]] >= 0)
                    {
                        sink.Add(byteTokens[word[b]], b, b + 1);
                    }
                }
            }

            start = end;
        }
    }

    private void Give(ReadOnlySpan<byte> word, SymbolChain chain, List<(int Id, int End)> tokens)
    {
        var start = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var end = chain.End(i);
            if (chain.Symbol(i) >= 0)
            {
                tokens.Add((chain.Symbol(i), end));
            }
            else
            {
                for (var b = start; b < end; b++)
                {
                    if (byteTokens[word[b]] >= 0)
                    {
                        tokens.Add((byteTokens[word[b]], b + 1));
                    }
                }
            }

            start = end;
        }
    }

    // Equal scores share a rank, so that the leftmost of them merges first.
    private static int[] Rank(IReadOnlyList<float> scores)
    {
        var order = Enumerable.Range(0, scores.Count).OrderByDescending(id => scores[id]).ToArray();
        var ranks = new int[scores.Count];
        for (var i = 0; i < order.Length; i++)
        {
            ranks[order[i]] = i > 0 && scores[order[i]] == scores[order[i - 1]] ? ranks[order[i - 1]] : i;
        }

        return ranks;
    }

    // By the first byte alone, cut off at the end of the text; a stray byte inside a character counts for itself.
    private static int CharacterLength(ReadOnlySpan<byte> text)
    {
        var size = text[0] < 0xC0 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
        return Math.Min(size, text.Length);
    }

    private static int Pack(ReadOnlySpan<byte> character)
    {
        var packed = 0;
        foreach (var b in character)
        {
            packed = (packed << 8) | b;
        }

        return packed;
    }

    private readonly struct BestScore(TokenTable table, int[] ranks) : IMergeRule
    {
        public ulong Find(int left, int right, ReadOnlySpan<byte> joined)
        {
            if (joined.Length > table.LongestKey)
            {
                return ulong.MaxValue;
            }

            var id = table.Find(joined);
            return id < 0 ? ulong.MaxValue : ((ulong)(uint)ranks[id] << 32) | (uint)id;
        }
    }
}
