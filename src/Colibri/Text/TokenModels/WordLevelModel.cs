using Colibri.Text.Pipeline;

namespace Colibri.Text.TokenModels;

/// <summary>WordLevel: a word is a token, or unknown.</summary>
internal sealed class WordLevelModel(TokenTable table, int unknownId, string unknownToken) : TokenModel
{
    /// <inheritdoc/>
    public override void Tokenize(ReadOnlySpan<byte> word, TokenSink sink)
    {
        var id = table.Find(word);
        id = id >= 0 ? id : unknownId;
        if (id < 0)
        {
            throw new InputException($"The tokenizer has no token for a word, and its unknown token '{unknownToken}' is not in its vocabulary.");
        }

        sink.Add(id, 0, word.Length);
    }
}
