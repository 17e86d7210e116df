namespace Colibri.Text.TokenModels;

/// <summary>Symbols that merges name although they are no tokens: numbered from the end of the vocabulary on.</summary>
internal sealed class HiddenSymbols(TokenTable tokens, int firstId)
{
    private readonly Dictionary<string, int> ids = new(StringComparer.Ordinal);

    /// <summary>The symbols with their ids.</summary>
    public List<KeyValuePair<byte[], int>> Entries { get; } = [];

    /// <summary>How many there are.</summary>
    public int Count => Entries.Count;

    /// <summary>The id of a symbol: a token's own, or a new one.</summary>
    public int Of(byte[] bytes)
    {
        var id = tokens.Find(bytes);
        if (id >= 0)
        {
            return id;
        }

        var key = System.Text.Encoding.Latin1.GetString(bytes);
        if (!ids.TryGetValue(key, out id))
        {
            id = firstId + Entries.Count;
            ids.Add(key, id);
            Entries.Add(KeyValuePair.Create(bytes, id));
        }

        return id;
    }

    /// <summary>The tokens each symbol comes out as.</summary>
    /// <param name="tokenOf">The token of a byte, or -1 for none.</param>
    public int[][] Expand(Func<byte, int> tokenOf) =>
        Entries.Select(e => e.Key.Select(tokenOf).Where(id => id >= 0).ToArray()).ToArray();
}
