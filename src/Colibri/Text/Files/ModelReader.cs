using System.Text;
using System.Text.Json;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Reads 'model' of tokenizer.json.</summary>
internal static class ModelReader
{
    // What SentencePiece takes off the lowest score for an unknown character.
    private const double UnknownPenalty = 10;

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
            case "WordPiece":
                entries = VocabularyReader.Read(model);
                return ReadWordPiece(model, entries);
            case "WordLevel":
                entries = VocabularyReader.Read(model);
                var table = TokenTable.Build(entries);
                var unknown = model.TextOrNull("unk_token") ?? "<unk>";
                return new WordLevelModel(table, VocabularyReader.Find(table, unknown), unknown);
            case "Unigram":
                return ReadUnigram(model, out entries);
            default:
                throw model.Get("type", "a model type").Wrong("BPE, WordPiece, Unigram or WordLevel");
        }
    }

    private static WordPieceModel ReadWordPiece(JsonField model, List<KeyValuePair<byte[], int>> entries)
    {
        var table = TokenTable.Build(entries);
        var unknown = model.TextOrNull("unk_token") ?? "[UNK]";
        var prefix = Encoding.UTF8.GetBytes(model.TextOrNull("continuing_subword_prefix") ?? "##");
        var continuations = entries.Where(e => e.Key.AsSpan().StartsWith(prefix)).Select(e => KeyValuePair.Create(e.Key[prefix.Length..], e.Value)).ToList();
        return new WordPieceModel(
            table,
            TokenTable.Build(continuations),
            VocabularyReader.Find(table, unknown),
            unknown,
            model.IntegerOrNull("max_input_chars_per_word") ?? 100);
    }

    private static UnigramModel ReadUnigram(JsonField model, out List<KeyValuePair<byte[], int>> entries)
    {
        var vocab = model.Get("vocab", "a list of tokens and scores");
        entries = new List<KeyValuePair<byte[], int>>(vocab.Count);
        var scores = new double[vocab.Count];
        foreach (var item in vocab.Elements())
        {
            var id = entries.Count;
            if (item.ValueKind != JsonValueKind.Array || item.GetArrayLength() != 2)
            {
                throw vocab.Within(item, $"[{id}]").Wrong("a token and its score");
            }

            var field = vocab.Within(item, "[" + id.ToString(System.Globalization.CultureInfo.InvariantCulture) + "]");
            entries.Add(KeyValuePair.Create(field.Within(item[0], "[0]").AsUtf8(), id));
            scores[id] = field.Within(item[1], "[1]").AsNumber();
        }

        var unknown = model.IntegerOrNull("unk_id") ?? -1;
        if (unknown >= scores.Length)
        {
            throw model.Get("unk_id", "an id").Wrong($"an id below {scores.Length}, the number of tokens,");
        }

        var table = TokenTable.Build(entries);
        return new UnigramModel(new TokenTrie(entries), table, new UnigramSettings
        {
            Scores = scores,
            UnknownId = unknown,
            UnknownScore = (scores.Length == 0 ? 0 : scores.Min()) - UnknownPenalty,
            ByteTokens = model.Flag("byte_fallback", false) ? BpeReader.ByteTokens(table) : null,
        });
    }

    private static string Guess(JsonField model) =>
        model.TryGet("merges", out _) ? "BPE"
        : model.TryGet("vocab", out var vocab) && vocab.Kind == JsonValueKind.Array ? "Unigram"
        : model.TryGet("continuing_subword_prefix", out _) || model.TryGet("max_input_chars_per_word", out _) ? "WordPiece"
        : "WordLevel";
}
