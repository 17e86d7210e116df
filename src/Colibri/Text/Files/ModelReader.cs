using System.Text.Json;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Reads 'model' of tokenizer.json.</summary>
internal static class ModelReader
{
    /// <summary>Reads the model. Older files do not name its type; then its fields tell.</summary>
    /// <param name="model">The field.</param>
    /// <param name="preTokenizer">The pre-tokenizer; it stops spelling bytes where the model takes them raw.</param>
    /// <param name="entries">The vocabulary.</param>
    public static TokenModel Read(JsonField model, ref PreTokenizer? preTokenizer, out List<KeyValuePair<byte[], int>> entries)
    {
        var type = model.TextOrNull("type") ?? Guess(model);
        switch (type)
        {
            case "BPE":
                entries = VocabularyReader.Read(model);
                var raw = ByteSpelling.Without(preTokenizer);
                var bpe = BpeReader.Read(model, entries, raw is not null, out var symbolsAreBytes);
                preTokenizer = symbolsAreBytes ? raw : preTokenizer;
                return bpe;
            default:
                throw model.Get("type", "a model type").Wrong("BPE, WordPiece, Unigram or WordLevel");
        }
    }

    private static string Guess(JsonField model) =>
        model.TryGet("merges", out _) ? "BPE"
        : model.TryGet("vocab", out var vocab) && vocab.Kind == JsonValueKind.Array ? "Unigram"
        : model.TryGet("continuing_subword_prefix", out _) || model.TryGet("max_input_chars_per_word", out _) ? "WordPiece"
        : "WordLevel";
}
