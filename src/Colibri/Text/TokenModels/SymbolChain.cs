using System.Runtime.CompilerServices;

namespace Colibri.Text.TokenModels;

/// <summary>
/// The symbols of one word while byte-pair merging works on them. Short words scan for the lowest rank; long ones keep a
/// heap of candidates over a linked list, so that n symbols cost O(n log n) whatever the merges.
/// </summary>
internal sealed class SymbolChain
{
    // Scanning all pairs per merge beats the heap up to about this many symbols.
    private const int ScanLimit = 32;

    private int[] symbols = new int[64];
    private int[] ends = new int[64];
    private int[] previous = [];
    private int[] next = [];
    private ulong[] candidates = new ulong[64];
    private int heapCount;

    /// <summary>Symbols in the chain.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of memory held.</summary>
    public long Capacity => (4L * (symbols.Length + ends.Length + previous.Length + next.Length)) + (8L * candidates.Length);

    /// <summary>The symbol at an index.</summary>
    public int Symbol(int index) => symbols[index];

    /// <summary>Where the symbol at an index ends in the word.</summary>
    public int End(int index) => ends[index];

    /// <summary>Empties the chain.</summary>
    public void Clear() => Count = 0;

    /// <summary>Appends a symbol that ends at this byte of the word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int symbol, int end)
    {
        if (Count == symbols.Length)
        {
            Array.Resize(ref symbols, Count * 2);
            Array.Resize(ref ends, Count * 2);
        }

        symbols[Count] = symbol;
        ends[Count] = end;
        Count++;
    }

    /// <summary>Merges until no pair is left that the rule joins: always the lowest rank, the leftmost of equals.</summary>
    /// <param name="word">The bytes the symbols' ends point into.</param>
    /// <param name="rule">Which pairs join.</param>
    public void Merge<TRule>(ReadOnlySpan<byte> word, TRule rule)
        where TRule : struct, IMergeRule
    {
        if (Count < 2)
        {
            return;
        }

        if (Count <= ScanLimit)
        {
            MergeByScan(word, rule);
        }
        else
        {
            MergeByHeap(word, rule);
        }
    }

    private void MergeByScan<TRule>(ReadOnlySpan<byte> word, TRule rule)
        where TRule : struct, IMergeRule
    {
        Span<ulong> found = stackalloc ulong[ScanLimit];
        for (var i = 0; i + 1 < Count; i++)
        {
            found[i] = rule.Find(symbols[i], symbols[i + 1], word[Start(i)..ends[i + 1]]);
        }

        while (true)
        {
            var best = -1;
            var bestRank = ulong.MaxValue;
            for (var i = 0; i + 1 < Count; i++)
            {
                if (found[i] != ulong.MaxValue && (best < 0 || found[i] >> 32 < bestRank >> 32))
                {
                    best = i;
                    bestRank = found[i];
                }
            }

            if (best < 0)
            {
                return;
            }

            symbols[best] = (int)(uint)bestRank;
            ends[best] = ends[best + 1];
            var tail = Count - best - 2;
            symbols.AsSpan(best + 2, tail).CopyTo(symbols.AsSpan(best + 1));
            ends.AsSpan(best + 2, tail).CopyTo(ends.AsSpan(best + 1));
            if (tail > 1)
            {
                found.Slice(best + 2, tail - 1).CopyTo(found[(best + 1)..]);
            }

            Count--;
            if (best > 0)
            {
                found[best - 1] = rule.Find(symbols[best - 1], symbols[best], word[Start(best - 1)..ends[best]]);
            }

            if (best + 1 < Count)
            {
                found[best] = rule.Find(symbols[best], symbols[best + 1], word[Start(best)..ends[best + 1]]);
            }
        }
    }

    private void MergeByHeap<TRule>(ReadOnlySpan<byte> word, TRule rule)
        where TRule : struct, IMergeRule
    {
        if (next.Length < Count)
        {
            next = new int[symbols.Length];
            previous = new int[symbols.Length];
        }

        heapCount = 0;
        for (var i = 0; i < Count; i++)
        {
            previous[i] = i - 1;
            next[i] = i + 1 < Count ? i + 1 : -1;
        }

        for (var i = 0; i + 1 < Count; i++)
        {
            Offer(word, rule, i);
        }

        while (heapCount > 0)
        {
            var candidate = Pop();
            var left = (int)(uint)candidate;
            if (symbols[left] == Gone || next[left] < 0)
            {
                continue;
            }

            var right = next[left];
            var found = rule.Find(symbols[left], symbols[right], word[StartLinked(left)..ends[right]]);
            if (found == ulong.MaxValue || found >> 32 != candidate >> 32)
            {
                continue;
            }

            symbols[left] = (int)(uint)found;
            ends[left] = ends[right];
            symbols[right] = Gone;
            next[left] = next[right];
            if (next[left] >= 0)
            {
                previous[next[left]] = left;
            }

            if (previous[left] >= 0)
            {
                Offer(word, rule, previous[left]);
            }

            if (next[left] >= 0)
            {
                Offer(word, rule, left);
            }
        }

        var kept = 0;
        for (var i = 0; i >= 0; i = next[i])
        {
            // Kept entries never overtake the read position, so the links ahead stay intact.
            symbols[kept] = symbols[i];
            ends[kept] = ends[i];
            kept++;
        }

        Count = kept;
    }

    // A symbol that merged into its left neighbour. Models use -1 for characters without a token.
    private const int Gone = int.MinValue;

    private int Start(int index) => index == 0 ? 0 : ends[index - 1];

    private int StartLinked(int index) => previous[index] < 0 ? 0 : ends[previous[index]];

    private void Offer<TRule>(ReadOnlySpan<byte> word, TRule rule, int left)
        where TRule : struct, IMergeRule
    {
        var right = next[left];
        var found = rule.Find(symbols[left], symbols[right], word[StartLinked(left)..ends[right]]);
        if (found != ulong.MaxValue)
        {
            Push((found & 0xFFFFFFFF00000000) | (uint)left);
        }
    }

    private void Push(ulong value)
    {
        if (heapCount == candidates.Length)
        {
            Array.Resize(ref candidates, heapCount * 2);
        }

        var at = heapCount++;
        while (at > 0)
        {
            var parent = (at - 1) >> 2;
            if (candidates[parent] <= value)
            {
                break;
            }

            candidates[at] = candidates[parent];
            at = parent;
        }

        candidates[at] = value;
    }

    private ulong Pop()
    {
        var top = candidates[0];
        var value = candidates[--heapCount];
        var at = 0;
        while (true)
        {
            var child = (at << 2) + 1;
            if (child >= heapCount)
            {
                break;
            }

            var last = Math.Min(child + 4, heapCount);
            var best = child;
            for (var i = child + 1; i < last; i++)
            {
                if (candidates[i] < candidates[best])
                {
                    best = i;
                }
            }

            if (candidates[best] >= value)
            {
                break;
            }

            candidates[at] = candidates[best];
            at = best;
        }

        candidates[at] = value;
        return top;
    }
}
