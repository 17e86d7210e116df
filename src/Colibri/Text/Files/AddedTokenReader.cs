using Colibri.Text.AddedTokens;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Reads 'added_tokens'.</summary>
internal static class AddedTokenReader
{
    /// <summary>Reads the list. A token that the model's vocabulary has keeps the id it has there.</summary>
    public static List<AddedToken> Read(JsonField root, TokenTable table, TokenTexts texts, int vocabularyCount)
    {
        var tokens = new List<AddedToken>();
        if (!root.TryGet("added_tokens", out var list))
        {
            return tokens;
        }

        var highest = VocabularyReader.HighestId(vocabularyCount + list.Count);
        var byId = new Dictionary<int, string>();
        foreach (var item in list.Items())
        {
            var content = item.Text("content");
            var id = item.Integer("id", 0, highest);
            var known = VocabularyReader.Find(table, content);
            if (known < 0 && texts.Has(id))
            {
                item.Throw($"gives '{content}' the id {id} that '{texts.Text(id)}' has in the vocabulary; each token needs an id of its own.");
            }

            id = known >= 0 ? known : id;
            if (byId.TryGetValue(id, out var other) && other != content)
            {
                item.Throw($"gives '{content}' the id {id} that '{other}' has; each token needs an id of its own.");
            }

            byId[id] = content;
            if (content.Length > 0)
            {
                tokens.Add(new AddedToken
                {
                    Id = id,
                    Content = content,
                    SingleWord = item.Flag("single_word", false),
                    StripsLeft = item.Flag("lstrip", false),
                    StripsRight = item.Flag("rstrip", false),
                    Special = item.Flag("special", false),
                    Normalized = item.Flag("normalized", !item.Flag("special", false)),
                });
            }
        }

        return tokens;
    }
}
