using System.Runtime.CompilerServices;
using Colibri.Text;

namespace Colibri.Generation.Constraints;

/// <summary>
/// The bytes of a vocabulary's tokens as a tree, laid out in the order a walk from the top meets its nodes, so that what
/// lies below a node is one stretch of every array, and so are the tokens that end there. Made once per tokenizer.
/// </summary>
internal sealed class VocabularyTrie
{
    private static readonly ConditionalWeakTable<Tokenizer, VocabularyTrie> Known = [];

    private readonly byte[]?[] _texts;
    private readonly Dictionary<CodePointRanges, int[]> _outside = [];
    private readonly int[] _lowest;
    private readonly int[] _highest;

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
            Deepest = Math.Max(Deepest, text.Length);
        }

        starts.Add(tokens.Count);
        (Bytes, Depths, TokenStarts, Tokens) = ([.. bytes], [.. depths], [.. starts], [.. tokens]);
        (Skips, Parents, Heights) = (new int[Bytes.Length], new int[Bytes.Length], new short[Bytes.Length + 1]);
        (_lowest, _highest, Pending) = (new int[Bytes.Length], new int[Bytes.Length], new byte[Bytes.Length]);
        Link();
    }

    /// <summary>Number of ids.</summary>
    public int VocabularySize => _texts.Length;

    /// <summary>Length in bytes of the longest token.</summary>
    public int Deepest { get; }

    /// <summary>The byte of each node.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many bytes come before each node.</summary>
    public short[] Depths { get; }

    /// <summary>The node behind all that lies below each node.</summary>
    public int[] Skips { get; }

    /// <summary>The node above each node; -1 is the top.</summary>
    public int[] Parents { get; }

    /// <summary>How many characters begin on the longest way below each node; the last one is the top's.</summary>
    public short[] Heights { get; }

    /// <summary>How many bytes of a character are missing behind each node; 0 is the end of one.</summary>
    public byte[] Pending { get; }

    /// <summary>Where the tokens that end at each node begin in <see cref="Tokens"/>.</summary>
    public int[] TokenStarts { get; }

    /// <summary>Ids of the tokens in the order of their bytes.</summary>
    public int[] Tokens { get; }

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
    public ReadOnlySpan<byte> TokenBytes(int id) => (uint)id < (uint)_texts.Length ? _texts[id] : default;

    /// <summary>
    /// The nodes, in order, at which a way of characters out of a set ends: the character that ends there, or whose bytes go
    /// on there, cannot be in the set. Kept for each set; call it before texts are followed.
    /// </summary>
    public int[] Outside(CodePointRanges set)
    {
        lock (_outside)
        {
            if (!_outside.TryGetValue(set, out var nodes))
            {
                _outside.Add(set, nodes = FindOutside(set));
            }

            return nodes;
        }
    }

    private int[] FindOutside(CodePointRanges set)
    {
        var ascii = new bool[0x80];
        for (var c = 0; c < ascii.Length; c++)
        {
            ascii[c] = set.Contains(c);
        }

        var nodes = new List<int>();
        for (var node = 0; node < Bytes.Length; node++)
        {
            if (Bytes[node] < 0x80 ? !ascii[Bytes[node]] : _lowest[node] > _highest[node] || !set.Intersects(_lowest[node], _highest[node]))
            {
                nodes.Add(node);
            }
        }

        return [.. nodes];
    }

    private void Link()
    {
        var open = new Stack<int>();
        for (var node = 0; node <= Bytes.Length; node++)
        {
            while (open.TryPeek(out var top) && (node == Bytes.Length || Depths[top] >= Depths[node]))
            {
                Skips[open.Pop()] = node;
            }

            if (node < Bytes.Length)
            {
                Parents[node] = open.TryPeek(out var above) ? above : -1;
                Label(node);
                open.Push(node);
            }
        }

        for (var node = Bytes.Length - 1; node >= 0; node--)
        {
            var above = Parents[node] < 0 ? Bytes.Length : Parents[node];
            Heights[above] = Math.Max(Heights[above], (short)(Heights[node] + ((Bytes[node] & 0xC0) == 0x80 ? 0 : 1)));
        }
    }

    // The characters that a node's bytes may be the beginning of, counted from where the last one ended; none for bytes that
    // are no UTF-8 (RFC 3629), behind which a new one begins.
    private void Label(int node)
    {
        var (value, parent) = ((int)Bytes[node], Parents[node]);
        var pending = parent < 0 ? 0 : Pending[parent];
        if (pending == 0)
        {
            (Pending[node], _lowest[node], _highest[node]) = value switch
            {
                < 0x80 => ((byte)0, value, value),
                >= 0xC2 and <= 0xDF => ((byte)1, (value & 0x1F) << 6, ((value & 0x1F) << 6) | 0x3F),
                >= 0xE0 and <= 0xEF => ((byte)2, Math.Max((value & 0xF) << 12, 0x800), ((value & 0xF) << 12) | 0xFFF),
                >= 0xF0 and <= 0xF4 => ((byte)3, Math.Max((value & 7) << 18, 0x10000), Math.Min(((value & 7) << 18) | 0x3FFFF, 0x10FFFF)),
                _ => ((byte)0, 1, 0),
            };
            return;
        }

        var shift = 6 * (pending - 1);

        // The bits above those still open are the parent's; both its limits share them with its bytes.
        var start = (_highest[parent] >> (6 * pending) << (6 * pending)) | ((value & 0x3F) << shift);
        var (low, high) = (Math.Max(start, _lowest[parent]), Math.Min(start | ((1 << shift) - 1), _highest[parent]));
        var whole = (value & 0xC0) == 0x80 && low <= high && !(low >= 0xD800 && high <= 0xDFFF);
        (Pending[node], _lowest[node], _highest[node]) = whole ? ((byte)(pending - 1), low, high) : ((byte)0, 1, 0);
    }
}
