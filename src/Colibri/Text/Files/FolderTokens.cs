using Colibri.Text.AddedTokens;

namespace Colibri.Text.Files;

/// <summary>Gives the added tokens of a folder their ids: those of files, those of the vocabulary, and new ones behind it.</summary>
internal static class FolderTokens
{
    /// <summary>The added tokens.</summary>
    /// <param name="config">What the files beside the vocabulary say.</param>
    /// <param name="find">The id of a text in the vocabulary, or -1.</param>
    /// <param name="size">Ids that the vocabulary has, from 0.</param>
    /// <exception cref="InputException">Two tokens have one id, or an id is far outside the vocabulary.</exception>
    public static List<AddedToken> Number(TokenizerConfig config, Func<string, int> find, int size)
    {
        var tokens = new List<AddedToken>();
        var byId = new Dictionary<int, string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in config.Numbered)
        {
            var id = find(token.Content) is >= 0 and var found ? found : token.Id;
            Add(token with { Id = id });
        }

        foreach (var token in config.Special)
        {
            if (token.Content.Length > 0 && !known.Contains(token.Content))
            {
                Add(token.With(find(token.Content) is >= 0 and var found ? found : Math.Max(size, byId.Keys.DefaultIfEmpty(-1).Max() + 1), special: true));
            }
        }

        return tokens;

        void Add(AddedToken token)
        {
            if (token.Id > VocabularyReader.HighestId(size + tokens.Count) || !byId.TryAdd(token.Id, token.Content))
            {
                throw new InputException($"{config.Source}: the added token '{token.Content}' has the id {token.Id}; an id of its own near the vocabulary's {size} tokens is expected.");
            }

            if (token.Content.Length > 0 && known.Add(token.Content))
            {
                tokens.Add(token);
            }
        }
    }
}
