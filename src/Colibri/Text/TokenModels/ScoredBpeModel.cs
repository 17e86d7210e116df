using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>
/// SentencePiece's byte-pair encoding: two neighbours merge where their bytes together are a token, the token with the
/// highest score first; what is left without a token comes out as its bytes, or as unknown. Works on any bytes. Without
/// user-defined and unused tokens this is what llama.cpp does (llama-vocab.cpp, llm_tokenizer_spm), with them
/// SentencePiece itself (bpe_model.cc).
/// </summary>
internal sealed class ScoredBpeModel : TokenModel
{
    private readonly TokenTable table;
    private readonly ScoredBpeSettings settings;
    private readonly int[] ranks;
    private readonly bool hasAllBytes;
    private readonly int[] single = new int[128];
    private readonly WordCache cache = new();
    private readonly NeighbourFilter neighbours = new();

    /// <summary>Creates the model.</summary>
    /// <param name="tokens">The tokens that merging can make.</param>
    /// <param name="scores">Scores by id.</param>
    /// <param name="settings">The rest.</param>
    public ScoredBpeModel(IReadOnlyList<KeyValuePair<byte[], int>> tokens, IReadOnlyList<float> scores, ScoredBpeSettings settings)
    {
        table = TokenTable.Build(tokens);
        this.settings = settings;
        ranks = Rank(scores);
        hasAllBytes = Array.IndexOf(settings.ByteTokens, -1) < 0;
        Span<byte> one = stackalloc byte[1];
        for (var b = 0; b < single.Length; b++)
        {
            one[0] = (byte)b;
            single[b] = table.Find(one);
        }

        // Any two characters next to each other inside a token may be joined on the way to it.
        foreach (var (bytes, _) in tokens)
        {
            var before = 0;
            for (var i = 0; i < bytes.Length;)
            {
                var size = CharacterLength(bytes.AsSpan(i));
                var character = Pack(bytes.AsSpan(i, size));
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
            if (i > start && !neighbours.MayJoin(before, character) && MayCut(word, i, size))
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

    // Runs of unknown characters that become one token stay together; user-defined symbols are found in the whole text.
    private bool MayCut(ReadOnlySpan<byte> word, int at, int size) =>
        settings.UserDefined is null && (settings.UnknownId < 0 || table.Find(word.Slice(at, size)) >= 0);

    private void TokenizePart(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Merge(word, sink.Chain);
            var direct = new SinkTarget(sink);
            Give(word, sink.Chain, ref direct);
            return;
        }

        var hash = TokenTable.Hash(word);
        var entry = cache.Find(word, hash);
        if (entry is null)
        {
            Merge(word, sink.Chain);
            var collector = new List<(int Id, int End)>();
            var target = new ListTarget(collector);
            Give(word, sink.Chain, ref target);
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
            var size = settings.UserDefined?.Longest(word[i..], out _) ?? 0;
            size = size > 0 ? size : CharacterLength(word[i..]);
            chain.Add(word[i] < 0x80 && size == 1 ? single[word[i]] : table.Find(word.Slice(i, size)), i + size);
            i += size;
        }

        chain.Merge(word, new BestScore(table, ranks, settings.Frozen));
    }

    private void Give<TTarget>(ReadOnlySpan<byte> word, SymbolChain chain, ref TTarget target)
        where TTarget : struct, ITarget
    {
        var start = 0;
        var unknownStart = -1;
        for (var i = 0; i < chain.Count; i++)
        {
            var end = chain.End(i);
            var symbol = chain.Symbol(i);
            if (symbol < 0 && settings.UnknownId >= 0 && !hasAllBytes)
            {
                // Unknown neighbours are one token.
                unknownStart = unknownStart < 0 ? start : unknownStart;
                if (i + 1 == chain.Count || chain.Symbol(i + 1) >= 0)
                {
                    target.Add(settings.UnknownId, unknownStart, end);
                    unknownStart = -1;
                }
            }
            else if (symbol < 0)
            {
                for (var b = start; b < end; b++)
                {
                    if (settings.ByteTokens[word[b]] >= 0)
                    {
                        target.Add(settings.ByteTokens[word[b]], b, b + 1);
                    }
                }
            }
            else if (settings.Unused is not null && settings.Unused[symbol])
            {
                GiveUnused(word, start, end, ref target);
            }
            else
            {
                target.Add(symbol, start, end);
            }

            start = end;
        }
    }

    // An unused token comes out as the two it was merged from, and so on. Its merges are found again: those of its bytes
    // alone are the same, since no merge reaches over its ends.
    private void GiveUnused<TTarget>(ReadOnlySpan<byte> word, int start, int end, ref TTarget target)
        where TTarget : struct, ITarget
    {
        var split = LastMerge(word[start..end]);
        if (split == 0)
        {
            target.Add(table.Find(word[start..end]), start, end);
            return;
        }

        GivePart(word, start, start + split, ref target);
        GivePart(word, start + split, end, ref target);
    }

    private void GivePart<TTarget>(ReadOnlySpan<byte> word, int start, int end, ref TTarget target)
        where TTarget : struct, ITarget
    {
        var id = table.Find(word[start..end]);
        if (id >= 0 && settings.Unused![id])
        {
            GiveUnused(word, start, end, ref target);
        }
        else if (id >= 0)
        {
            target.Add(id, start, end);
        }
        else
        {
            for (var b = start; b < end; b++)
            {
                if (settings.ByteTokens[word[b]] >= 0)
                {
                    target.Add(settings.ByteTokens[word[b]], b, b + 1);
                }
                else if (settings.UnknownId >= 0 && b == start)
                {
                    target.Add(settings.UnknownId, start, end);
                }
            }
        }
    }

    // Where the last merge that makes a token joins its two parts, or 0 for a single character.
    private int LastMerge(ReadOnlySpan<byte> token)
    {
        var chain = new SymbolChain();
        Merge(token, chain);
        if (CharacterLength(token) >= token.Length || chain.Count != 1)
        {
            return 0;
        }

        // Replay with the whole token forbidden: what is left are the two parts.
        chain.Clear();
        for (var i = 0; i < token.Length;)
        {
            var size = CharacterLength(token[i..]);
            chain.Add(table.Find(token.Slice(i, size)), i + size);
            i += size;
        }

        chain.Merge(token, new BestScore(table, ranks, settings.Frozen, token.Length));
        return chain.End(0);
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

    // Takes tokens.
    private interface ITarget
    {
        void Add(int id, int start, int end);
    }

    private readonly struct SinkTarget(TokenSink sink) : ITarget
    {
        public void Add(int id, int start, int end) => sink.Add(id, start, end);
    }

    private readonly struct ListTarget(List<(int Id, int End)> list) : ITarget
    {
        public void Add(int id, int start, int end) => list.Add((id, end));
    }

    private readonly struct BestScore(TokenTable table, int[] ranks, bool[]? frozen, int forbidden = int.MaxValue) : IMergeRule
    {
        public ulong Find(int left, int right, ReadOnlySpan<byte> joined)
        {
            if (joined.Length > table.LongestKey || joined.Length >= forbidden)
            {
                return ulong.MaxValue;
            }

            if (frozen is not null && ((left >= 0 && frozen[left]) || (right >= 0 && frozen[right])))
            {
                return ulong.MaxValue;
            }

            var id = table.Find(joined);
            return id < 0 ? ulong.MaxValue : ((ulong)(uint)ranks[id] << 32) | (uint)id;
        }
    }
}
