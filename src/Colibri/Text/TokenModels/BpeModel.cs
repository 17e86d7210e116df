using System.Runtime.CompilerServices;
using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.TokenModels;

/// <summary>
/// Byte-pair encoding by ranked merges (Sennrich et al. 2016; behaviour of Hugging Face tokenizers' BPE): a word starts
/// as characters or bytes, and the pair with the lowest rank merges until none is left.
/// </summary>
internal sealed class BpeModel : TokenModel
{
    private readonly TokenTable table;
    private readonly MergeTable merges;
    private readonly BpeSettings settings;
    private readonly int[] single = new int[256];
    private readonly NeighbourFilter? neighbours;
    private readonly WordCache cache = new();

    /// <summary>Creates the model.</summary>
    /// <param name="table">Symbols by their bytes.</param>
    /// <param name="merges">Ranked pairs of symbols.</param>
    /// <param name="neighbours">Which characters merges can join, to cut long texts; null where cutting would not be exact.</param>
    /// <param name="settings">The rest.</param>
    public BpeModel(TokenTable table, MergeTable merges, NeighbourFilter? neighbours, BpeSettings settings)
    {
        this.table = table;
        this.merges = merges;
        this.settings = settings;
        this.neighbours = settings.ContinuationPrefix.Length == 0 && settings.WordSuffix.Length == 0 ? neighbours : null;
        Span<byte> one = stackalloc byte[1];
        for (var b = 0; b < 256; b++)
        {
            one[0] = (byte)b;
            single[b] = settings.SymbolsAreBytes || b < 0x80 ? table.Find(one) : -1;
        }
    }

    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        if (settings.IgnoreMerges || (settings.WholeLineFeeds && !word.ContainsAnyExcept((byte)'\n')))
        {
            var whole = table.Find(word);
            if (whole >= 0 && whole < settings.FirstHiddenSymbol)
            {
                sink.Add(whole, 0, word.Length);
                return;
            }
        }

        if (word.Length <= WordCache.LongestWord || neighbours is null)
        {
            TokenizePart(word, sink);
        }
        else
        {
            TokenizeLong(word, neighbours, sink);
        }
    }

    // Cuts where no merge can join what lies on both sides; both neighbours have tokens of their own, so that runs of
    // unknown characters stay together. The parts are tokenized one by one, which gives the same tokens.
    private void TokenizeLong(ReadOnlySpan<byte> word, NeighbourFilter filter, TokenSink sink)
    {
        var start = 0;
        var before = 0;
        var known = false;
        for (var i = 0; i < word.Length;)
        {
            int character;
            var size = 1;
            int symbol;
            if (settings.SymbolsAreBytes)
            {
                character = word[i];
                symbol = single[character];
            }
            else
            {
                character = Utf8Text.Read(word, i, out size);
                symbol = character < 0x80 ? single[character] : table.Find(word.Slice(i, size));
            }

            if (known && symbol >= 0 && !filter.MayJoin(before, character))
            {
                TokenizePart(word[start..i], sink);
                sink.Shift(i - start);
                start = i;
            }

            known = symbol >= 0;
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
            Give(sink);
            return;
        }

        var hash = TokenTable.Hash(word);
        var entry = cache.Find(word, hash);
        if (entry is null)
        {
            Merge(word, sink.Chain);
            entry = Give(word, hash, sink.Chain);
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
        if (settings.SymbolsAreBytes)
        {
            for (var i = 0; i < word.Length; i++)
            {
                AddSymbol(single[word[i]], word, i, 1, chain);
            }
        }
        else
        {
            AddCharacters(word, chain);
        }

        chain.Merge(word, new RankedPairs(merges));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddSymbol(int symbol, ReadOnlySpan<byte> word, int start, int size, SymbolChain chain)
    {
        if (symbol >= 0)
        {
            chain.Add(symbol, start + size);
        }
        else if (settings.UnknownId is { } unknown)
        {
            chain.Add(unknown, start + size);
        }
        else if (settings.VoidSymbol is { } nothing)
        {
            chain.Add(nothing, start + size);
        }
        else if (settings.MissingUnknownToken is not null)
        {
            ThrowUnknown(word.Slice(start, size));
        }
    }

    private void AddCharacters(ReadOnlySpan<byte> word, SymbolChain chain)
    {
        // An unknown token waits until a known character follows, so that it can grow; bytes go past it, as in the
        // reference.
        var waiting = false;
        var waitingEnd = 0;
        for (var i = 0; i < word.Length;)
        {
            var size = Utf8Text.LengthOf(word[i]);
            var end = i + size;
            var symbol = FindCharacter(word, i, end);
            if (symbol >= 0)
            {
                if (waiting)
                {
                    AddUnknown(chain, waitingEnd);
                    waiting = false;
                }

                chain.Add(symbol, end);
            }
            else if (!TryAddBytes(word, i, end, chain))
            {
                if (settings.UnknownId is not null)
                {
                    if (waiting && !settings.FuseUnknown)
                    {
                        AddUnknown(chain, waitingEnd);
                    }

                    waiting = true;
                    waitingEnd = end;
                }
                else if (settings.VoidSymbol is { } nothing)
                {
                    chain.Add(nothing, end);
                }
                else if (settings.MissingUnknownToken is not null)
                {
                    ThrowUnknown(word[i..end]);
                }
            }

            i = end;
        }

        if (waiting)
        {
            AddUnknown(chain, waitingEnd);
        }
    }

    // Bytes of a later character may stand before it; positions never run backwards.
    private void AddUnknown(SymbolChain chain, int end) =>
        chain.Add(settings.UnknownId!.Value, chain.Count == 0 ? end : Math.Max(end, chain.End(chain.Count - 1)));

    private int FindCharacter(ReadOnlySpan<byte> word, int start, int end)
    {
        var prefix = start == 0 ? default : settings.ContinuationPrefix.AsSpan();
        var suffix = end < word.Length ? default : settings.WordSuffix.AsSpan();
        if (prefix.Length + suffix.Length == 0)
        {
            return word[start] < 0x80 ? single[word[start]] : table.Find(word[start..end]);
        }

        var size = prefix.Length + end - start + suffix.Length;
        var key = size <= 256 ? stackalloc byte[256] : new byte[size];
        prefix.CopyTo(key);
        word[start..end].CopyTo(key[prefix.Length..]);
        suffix.CopyTo(key[(prefix.Length + end - start)..]);
        return table.Find(key[..size]);
    }

    private bool TryAddBytes(ReadOnlySpan<byte> word, int start, int end, SymbolChain chain)
    {
        if (settings.ByteTokens is not { } tokens)
        {
            return false;
        }

        // With a prefix or suffix their bytes are part of the spelling; all of it must have tokens.
        var prefix = start == 0 ? default : settings.ContinuationPrefix.AsSpan();
        var suffix = end < word.Length ? default : settings.WordSuffix.AsSpan();
        if (!HaveTokens(prefix, tokens) || !HaveTokens(word[start..end], tokens) || !HaveTokens(suffix, tokens))
        {
            return false;
        }

        foreach (var b in prefix)
        {
            chain.Add(tokens[b], start);
        }

        for (var i = start; i < end; i++)
        {
            chain.Add(tokens[word[i]], i + 1);
        }

        foreach (var b in suffix)
        {
            chain.Add(tokens[b], end);
        }

        return true;
    }

    private static bool HaveTokens(ReadOnlySpan<byte> bytes, int[] tokens)
    {
        foreach (var b in bytes)
        {
            if (tokens[b] < 0)
            {
                return false;
            }
        }

        return true;
    }

    private void Give(TokenSink sink)
    {
        var chain = sink.Chain;
        var start = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var symbol = chain.Symbol(i);
            if (symbol < settings.FirstHiddenSymbol)
            {
                sink.Add(symbol, start, chain.End(i));
            }
            else
            {
                foreach (var id in settings.HiddenSymbols[symbol - settings.FirstHiddenSymbol])
                {
                    sink.Add(id, start, chain.End(i));
                }
            }

            start = chain.End(i);
        }
    }

    private WordCache.Entry Give(ReadOnlySpan<byte> word, ulong hash, SymbolChain chain)
    {
        var count = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var symbol = chain.Symbol(i);
            count += symbol < settings.FirstHiddenSymbol ? 1 : settings.HiddenSymbols[symbol - settings.FirstHiddenSymbol].Length;
        }

        var ids = new int[count];
        var ends = new byte[count];
        count = 0;
        for (var i = 0; i < chain.Count; i++)
        {
            var symbol = chain.Symbol(i);
            if (symbol < settings.FirstHiddenSymbol)
            {
                ids[count] = symbol;
                ends[count++] = (byte)chain.End(i);
            }
            else
            {
                foreach (var id in settings.HiddenSymbols[symbol - settings.FirstHiddenSymbol])
                {
                    ids[count] = id;
                    ends[count++] = (byte)chain.End(i);
                }
            }
        }

        return new WordCache.Entry(hash, word.ToArray(), ids, ends);
    }

    private void ThrowUnknown(ReadOnlySpan<byte> character) => throw new InputException(
        $"The tokenizer has no token for '{System.Text.Encoding.UTF8.GetString(character)}', and its unknown token '{settings.MissingUnknownToken}' is not in its vocabulary.");

    private readonly struct RankedPairs(MergeTable merges) : IMergeRule
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Find(int left, int right, ReadOnlySpan<byte> joined) => merges.Find(left, right);
    }
}
