using System.Numerics;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Finds the tokens that can come in a state: walks the vocabulary's tree and the automaton side by side. Where the
/// grammar takes any number of characters out of a set (within a string, say), the tokens made of such characters only are
/// taken as a whole, and only the others are walked. Keeps its buffers; for one thread at a time.
/// </summary>
/// <param name="states">The automaton's states.</param>
/// <param name="vocabulary">The vocabulary.</param>
/// <param name="outside">For each set of the automaton, where ways of its characters end in the tree; null: the set is not used.</param>
internal sealed class VocabularyWalk(GrammarStates states, VocabularyTrie vocabulary, int[]?[] outside)
{
    // Below so few nodes walking is cheaper than looking up where to go on.
    private const int FewNodes = 24;

    private const int DeepestJumps = 100;

    private readonly GrammarState[] _path = new GrammarState[vocabulary.Deepest + 1];
    private readonly int[] _pathNodes = new int[vocabulary.Deepest + 1];
    private readonly ulong[] _found = new ulong[(vocabulary.Tokens.Length + 63) / 64];
    private ulong[]? _every;

    /// <summary>Finds the tokens that can come next.</summary>
    /// <param name="state">The state after the text so far.</param>
    /// <returns>A bit per id.</returns>
    public ulong[] Allowed(GrammarState state)
    {
        Array.Clear(_found);
        Array.Fill(_pathNodes, -2);
        (_path[0], _pathNodes[0]) = (state, -1);
        if (Outside(state, vocabulary.Bytes.Length) is { } ends)
        {
            Jump(-1, state, ends, 0);
        }
        else
        {
            Walk(0, vocabulary.Bytes.Length, 0);
        }

        return ById();
    }

    // All nodes of a stretch, below ones whose states are in the path.
    private void Walk(int node, int end, int jumps)
    {
        while (node < end)
        {
            var depth = vocabulary.Depths[node];
            if (states.Step(_path[depth], vocabulary.Bytes[node]) is not { } next)
            {
                node = vocabulary.Skips[node];
                continue;
            }

            (_path[depth + 1], _pathNodes[depth + 1]) = (next, node);
            Fill(vocabulary.TokenStarts[node], vocabulary.TokenStarts[node + 1]);
            if (vocabulary.Skips[node] - node > FewNodes && jumps < DeepestJumps && vocabulary.Pending[node] == 0 && Outside(next, node) is { } ends)
            {
                Jump(node, next, ends, jumps + 1);
                node = vocabulary.Skips[node];
                continue;
            }

            node++;
        }
    }

    // Where ways of the characters that a state takes freely end; null where it takes too few for all that is below a node.
    private int[]? Outside(GrammarState state, int node)
    {
        if (state.Run == GrammarState.RunUnknown)
        {
            states.FindRun(state, outside);
        }

        return state.Run >= 0 && state.RunLength >= vocabulary.Heights[node] ? outside[state.Run] : null;
    }

    // All that is below a node whose state takes characters of a set freely.
    private void Jump(int top, GrammarState state, int[] ends, int jumps)
    {
        var end = top < 0 ? vocabulary.Bytes.Length : vocabulary.Skips[top];
        Fill(vocabulary.TokenStarts[top + 1], vocabulary.TokenStarts[end]);
        for (var i = LowerBound(ends, 0, top + 1); i < ends.Length && ends[i] < end;)
        {
            var node = ends[i];
            var skip = vocabulary.Skips[node];
            Clear(vocabulary.TokenStarts[node], vocabulary.TokenStarts[skip]);
            Follow(vocabulary.Parents[node]);
            Walk(node, skip, jumps);
            i = LowerBound(ends, i + 1, skip);
        }
    }

    // Brings the path down to a node; all on the way can come.
    private void Follow(int node)
    {
        if (node < 0 || _pathNodes[vocabulary.Depths[node] + 1] == node)
        {
            return;
        }

        // No deeper than a token is long: the nodes on the way are put where their states will be.
        var first = node;
        while (first >= 0 && _pathNodes[vocabulary.Depths[first] + 1] != first)
        {
            _pathNodes[vocabulary.Depths[first] + 1] = first;
            first = vocabulary.Parents[first];
        }

        for (var depth = first < 0 ? 0 : vocabulary.Depths[first] + 1; depth <= vocabulary.Depths[node]; depth++)
        {
            _path[depth + 1] = states.Step(_path[depth], vocabulary.Bytes[_pathNodes[depth + 1]])!;
        }
    }

    private static int LowerBound(int[] sorted, int from, int value)
    {
        // Most often the next one is not far.
        var step = 1;
        var last = from;
        while (last < sorted.Length && sorted[last] < value)
        {
            from = last + 1;
            last += step;
            step *= 2;
        }

        last = Math.Min(last, sorted.Length);
        while (from < last)
        {
            var middle = (from + last) >>> 1;
            (from, last) = sorted[middle] < value ? (middle + 1, last) : (from, middle);
        }

        return from;
    }

    private void Fill(int first, int end)
    {
        for (; first < end && (first & 63) != 0; first++)
        {
            _found[first >> 6] |= 1UL << (first & 63);
        }

        for (; first + 64 <= end; first += 64)
        {
            _found[first >> 6] = ulong.MaxValue;
        }

        for (; first < end; first++)
        {
            _found[first >> 6] |= 1UL << (first & 63);
        }
    }

    private void Clear(int first, int end)
    {
        for (; first < end && (first & 63) != 0; first++)
        {
            _found[first >> 6] &= ~(1UL << (first & 63));
        }

        for (; first + 64 <= end; first += 64)
        {
            _found[first >> 6] = 0;
        }

        for (; first < end; first++)
        {
            _found[first >> 6] &= ~(1UL << (first & 63));
        }
    }

    // From the order of bytes to that of ids: what is rarer, allowed tokens or others, is gone through.
    private ulong[] ById()
    {
        var tokens = vocabulary.Tokens;
        var count = 0;
        foreach (var word in _found)
        {
            count += BitOperations.PopCount(word);
        }

        var few = count <= tokens.Length / 2;
        var mask = few ? new ulong[(vocabulary.VocabularySize + 63) / 64] : (ulong[])Every().Clone();
        for (var at = 0; at < _found.Length; at++)
        {
            for (var left = few ? _found[at] : ~_found[at]; left != 0; left &= left - 1)
            {
                var rank = (at << 6) + BitOperations.TrailingZeroCount(left);
                if (rank >= tokens.Length)
                {
                    break;
                }

                mask[tokens[rank] >> 6] ^= 1UL << (tokens[rank] & 63);
            }
        }

        return mask;
    }

    private ulong[] Every()
    {
        if (_every is null)
        {
            _every = new ulong[(vocabulary.VocabularySize + 63) / 64];
            foreach (var id in vocabulary.Tokens)
            {
                _every[id >> 6] |= 1UL << (id & 63);
            }
        }

        return _every;
    }
}
