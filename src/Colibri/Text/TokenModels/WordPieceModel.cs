using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.TokenModels;

/// <summary>WordPiece (BERT): a word is cut from the left into the longest tokens; where that fails it is unknown as a whole.</summary>
internal sealed class WordPieceModel : TokenModel
{
    private readonly TokenTable beginnings;
    private readonly TokenTable continuations;
    private readonly int unknownId;
    private readonly string unknownToken;
    private readonly int longestWord;
    private readonly WordCache cache = new();

    /// <summary>Creates the model.</summary>
    /// <param name="beginnings">Tokens that can begin a word.</param>
    /// <param name="continuations">Tokens that can go on, without their prefix.</param>
    /// <param name="unknownId">The unknown token's id, or -1.</param>
    /// <param name="unknownToken">Its text, for errors.</param>
    /// <param name="longestWord">Longer words, in characters, are unknown.</param>
    public WordPieceModel(TokenTable beginnings, TokenTable continuations, int unknownId, string unknownToken, int longestWord)
    {
        this.beginnings = beginnings;
        this.continuations = continuations;
        this.unknownId = unknownId;
        this.unknownToken = unknownToken;
        this.longestWord = longestWord;
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (word.Length > WordCache.LongestWord)
        {
            Cut(word, sink);
            return;
        }

        var hash = TokenTable.Hash(word);
        var entry = cache.Find(word, hash);
        if (entry is not null)
        {
            var at = 0;
            for (var i = 0; i < entry.Ids.Length; i++)
            {
                sink.Add(entry.Ids[i], at, entry.Ends[i]);
                at = entry.Ends[i];
            }

            return;
        }

        var first = sink.Count;
        var chain = Cut(word, sink);
        var ids = sink.Ids[first..].ToArray();
        var ends = new byte[ids.Length];
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = (byte)chain.End(i);
        }

        cache.Keep(new WordCache.Entry(hash, word.ToArray(), ids, ends));
    }

    private SymbolChain Cut(ReadOnlySpan<byte> word, TokenSink sink)
    {
        var first = sink.Count;
        var chain = sink.Chain;
        chain.Clear();
        var start = IsTooLong(word) ? -1 : 0;
        while (start >= 0 && start < word.Length)
        {
            var table = start == 0 ? beginnings : continuations;
            var end = Math.Min(word.Length, start + table.LongestKey);
            while (end < word.Length && end > start && (word[end] & 0xC0) == 0x80)
            {
                end--;
            }

            var id = -1;
            while (end > start && (id = table.Find(word[start..end])) < 0)
            {
                Utf8Text.ReadBefore(word, end, out var size);
                end -= size;
            }

            if (id < 0)
            {
                start = -1;
                break;
            }

            sink.Add(id, start, end);
            chain.Add(id, end);
            start = end;
        }

        if (start < 0)
        {
            if (unknownId < 0)
            {
                throw new InputException($"The tokenizer has no tokens for a word, and its unknown token '{unknownToken}' is not in its vocabulary.");
            }

            sink.Truncate(first);
            chain.Clear();
            sink.Add(unknownId, 0, word.Length);
            chain.Add(unknownId, word.Length);
        }

        return chain;
    }

    private bool IsTooLong(ReadOnlySpan<byte> word)
    {
        if (word.Length <= longestWord)
        {
            return false;
        }

        var characters = 0;
        foreach (var b in word)
        {
            characters += (b & 0xC0) != 0x80 ? 1 : 0;
        }

        return characters > longestWord;
    }
}
