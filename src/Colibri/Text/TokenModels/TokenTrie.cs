namespace Colibri.Text.TokenModels;

/// <summary>
/// Byte strings as a trie, to find all those that begin a text. The children of a node lie side by side in order, so a
/// node takes nine bytes; the root has a table of its own.
/// </summary>
internal sealed class TokenTrie
{
    private readonly byte[] labels;
    private readonly int[] firstChild;
    private readonly int[] ids;
    private readonly int[] roots = new int[256];

    /// <summary>Builds a trie; where a string comes twice the later id counts, and empty strings are left out.</summary>
    public TokenTrie(IEnumerable<KeyValuePair<byte[], int>> entries)
    {
        // A stable sort, so that of equal strings the last added is the last here.
        var sorted = entries.Where(e => e.Key.Length > 0).Order(Comparer<KeyValuePair<byte[], int>>.Create((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key))).ToArray();
        var labelList = new List<byte> { 0 };
        var childList = new List<int> { 0 };
        var idList = new List<int> { -1 };

        // Level by level: each node is a range of the sorted strings that share its prefix.
        var level = new List<(int Node, int From, int To)> { (0, 0, sorted.Length) };
        for (var depth = 0; level.Count > 0; depth++)
        {
            var next = new List<(int Node, int From, int To)>();
            foreach (var (node, from, to) in level)
            {
                childList[node] = labelList.Count;
                var i = from;
                while (i < to && sorted[i].Key.Length == depth)
                {
                    idList[node] = sorted[i++].Value;
                }

                while (i < to)
                {
                    var label = sorted[i].Key[depth];
                    var start = i;
                    while (i < to && sorted[i].Key[depth] == label)
                    {
                        i++;
                    }

                    next.Add((labelList.Count, start, i));
                    labelList.Add(label);
                    childList.Add(0);
                    idList.Add(-1);
                }
            }

            level = next;
        }

        labels = [.. labelList];
        ids = [.. idList];

        // The children of a node end where those of the next node begin, since both were laid down in one order.
        firstChild = [.. childList, labels.Length];
        for (var child = firstChild[0]; child < firstChild[1]; child++)
        {
            roots[labels[child]] = child;
        }
    }

    /// <summary>The node of a first byte, or 0 where nothing begins with it.</summary>
    public int Root(byte first) => roots[first];

    /// <summary>The child of a node, or 0 where there is none.</summary>
    public int Child(int node, byte label)
    {
        var low = firstChild[node];
        var high = firstChild[node + 1] - 1;
        while (low <= high)
        {
            var middle = (low + high) >> 1;
            if (labels[middle] == label)
            {
                return middle;
            }

            if (labels[middle] < label)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return 0;
    }

    /// <summary>The id of the string that ends at a node, or -1.</summary>
    public int Id(int node) => ids[node];

    /// <summary>The longest string that a text begins with.</summary>
    /// <returns>Its length, or 0.</returns>
    public int Longest(ReadOnlySpan<byte> text, out int id)
    {
        id = -1;
        var length = 0;
        var node = text.IsEmpty ? 0 : roots[text[0]];
        for (var i = 1; node != 0; i++)
        {
            if (ids[node] >= 0)
            {
                id = ids[node];
                length = i;
            }

            node = i < text.Length ? Child(node, text[i]) : 0;
        }

        return length;
    }

    /// <summary>How much of a text is the beginning of some string, whether that goes on or not.</summary>
    public int LongestBeginning(ReadOnlySpan<byte> text)
    {
        var length = 0;
        for (var node = text.IsEmpty ? 0 : roots[text[0]]; node != 0; node = length < text.Length ? Child(node, text[length]) : 0)
        {
            length++;
        }

        return length;
    }
}
