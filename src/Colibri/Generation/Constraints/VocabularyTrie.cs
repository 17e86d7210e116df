using System.Runtime.CompilerServices;
using Colibri.Text;

namespace Colibri.Generation.Constraints;

/// <summary>
/// The bytes of a vocabulary's tokens as a tree, laid out in the order a walk from the top meets its nodes, so that a walk
/// is one pass over arrays that skips what cannot match. Made once per tokenizer.
/// </summary>
internal sealed class VocabularyTrie
{
    private static readonly ConditionalWeakTable<Tokenizer, VocabularyTrie> Known = [];

    private readonly byte[] _bytes;
    private readonly short[] _depths;
    private readonly int[] _skips;
    private readonly int[] _tokenStarts;
    private readonly int[] _tokens;
    private readonly byte[]?[] _texts;
    private readonly int _deepest;

    /// <summary>Builds the tree.</summary>
    /// <param name="texts">The bytes of each token; null or empty for those that are no text.</param>
    public VocabularyTrie(byte[]?[] texts)
    {
        _texts = texts;
        var order = Enumerable.Range(0, texts.Length).Where(id => texts[id] is { Length: > 0 and <= short.MaxValue }).ToArray();
        Array.Sort(order, (a, b) => texts[a].AsSpan().SequenceCompareTo(texts[b]));
        var (bytes, depths, starts, tokens) = (new List<byte>(), new List<short>(), new List<int>(), new List<int>());
        byte[] last = [];
        foreach (var id in order)
        {
            var text = texts[id]!;
            for (var depth = text.AsSpan().CommonPrefixLength(last); depth < text.Length; depth++)
            {
                bytes.Add(text[depth]);
                depths.Add((short)depth);
                starts.Add(tokens.Count);
            }

            tokens.Add(id);
            last = text;
            _deepest = Math.Max(_deepest, text.Length);
        }

        starts.Add(tokens.Count);
        (_bytes, _depths, _tokenStarts, _tokens) = ([.. bytes], [.. depths], [.. starts], [.. tokens]);
        _skips = new int[_bytes.Length];
        var open = new Stack<int>();
        for (var node = 0; node <= _bytes.Length; node++)
        {
            while (open.TryPeek(out var top) && (node == _bytes.Length || _depths[top] >= _depths[node]))
            {
                _skips[open.Pop()] = node;
            }

            open.Push(node);
        }
    }

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _texts.Length;

    /// <summary>The tree of a tokenizer.</summary>
    /// <exception cref="InputException">The tokenizer does not tell its tokens' bytes.</exception>
    public static VocabularyTrie Of(Tokenizer tokenizer) => Known.GetValue(tokenizer, static t =>
    {
        var texts = new byte[]?[t.VocabularySize];
        var any = false;
        for (var id = 0; id < texts.Length; id++)
        {
            texts[id] = t.TryGetTokenBytes(id, out var bytes) ? bytes : null;
            any |= texts[id] is { Length: > 0 };
        }

        return any ? new VocabularyTrie(texts) : throw new InputException("This tokenizer does not tell the bytes of its tokens, so its texts cannot be constrained.");
    });

    /// <summary>The bytes of a token within a text; empty for those that are no text.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => (uint)id < (uint)_texts.Length ? _texts[id] : default;

    /// <summary>Finds the tokens that can come next.</summary>
    /// <param name="states">The automaton's states.</param>
    /// <param name="state">The state after the text so far.</param>
    /// <returns>A bit per id.</returns>
    public ulong[] Allowed(GrammarStates states, GrammarState state)
    {
        var mask = new ulong[(_texts.Length + 63) / 64];
        var path = new GrammarState[_deepest + 1];
        path[0] = state;
        for (var node = 0; node < _bytes.Length;)
        {
            var depth = _depths[node];
            var next = states.Step(path[depth], _bytes[node]);
            if (next is null)
            {
                node = _skips[node];
                continue;
            }

            path[depth + 1] = next;
            for (var i = _tokenStarts[node]; i < _tokenStarts[node + 1]; i++)
            {
                mask[_tokens[i] >> 6] |= 1UL << (_tokens[i] & 63);
            }

            node++;
        }

        return mask;
    }
}
