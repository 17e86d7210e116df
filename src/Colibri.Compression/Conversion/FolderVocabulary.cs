using Colibri.Files;
using Colibri.Text;
using Colibri.Text.Files;

namespace Colibri.Compression.Conversion;

/// <summary>A Hugging Face folder's tokenizer, chat templates and habits in a GGUF file.</summary>
internal static class FolderVocabulary
{
    /// <summary>Writes them.</summary>
    /// <param name="writer">Receives the metadata.</param>
    /// <param name="source">The folder; one without a tokenizer becomes a model without one.</param>
    /// <param name="name">The model's name in the new file.</param>
    /// <param name="size">Entries of the model's table.</param>
    /// <param name="notes">Receives what a person should know.</param>
    /// <exception cref="InputException">The tokenizer has no counterpart in GGUF, or does not belong to the model.</exception>
    public static void AddTo(GgufWriter writer, HuggingFaceSource source, string name, int size, List<string> notes)
    {
        if (!Tokenizer.IsInFolder(source.Path))
        {
            GgufVocabularyWriter.AddNone(writer);
            notes.Add("the folder has no tokenizer; the model can only continue token ids");
            return;
        }

        var vocabulary = Cut(GgufVocabularyBuilder.FromFolder(source.Path, MainEnd(source), name, notes), size, notes);
        GgufVocabularyWriter.Add(writer, vocabulary, size);
        var beyond = GgufVocabularyWriter.AddHabits(writer, source, vocabulary.EndOfTextId);
        if (beyond.Count > 0)
        {
            notes.Add($"GGUF has keys for three end-of-text tokens; left out: {string.Join(", ", beyond)}");
        }
    }

    // The tokenizer's own where the model ends by it too, so that templates that speak of it mean the same.
    private static int? MainEnd(HuggingFaceSource source)
    {
        var own = source.LoadTokenizer()?.EndOfTextId;
        return source.EndOfTextIds.Count == 0 || (own is { } id && source.EndOfTextIds.Contains(id)) ? own : source.EndOfTextIds[0];
    }

    private static GgufVocabulary Cut(GgufVocabulary vocabulary, int size, List<string> notes)
    {
        var count = vocabulary.Tokens.Count;
        if (count <= size)
        {
            return vocabulary;
        }

        var beyond = vocabulary.TokenTypes!.Skip(size).Select(t => (GgufTokenType)t).ToList();
        if (beyond.Any(t => t is GgufTokenType.Normal or GgufTokenType.Byte) || vocabulary.BeginOfTextId >= size || vocabulary.EndOfTextId >= size)
        {
            throw new InputException($"{vocabulary.File}: has {count} tokens, but the model's table has {size} entries. The tokenizer belongs to another model.");
        }

        notes.Add($"{count - size} added tokens lie beyond the model's table of {size} and are left out");
        return vocabulary with
        {
            Tokens = [.. vocabulary.Tokens.Take(size)],
            TokenTypes = [.. vocabulary.TokenTypes!.Take(size)],
            Scores = vocabulary.Scores?.Take(size).ToArray(),
        };
    }
}
