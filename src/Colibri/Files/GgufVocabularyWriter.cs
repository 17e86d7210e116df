using Colibri.Text.Files;

namespace Colibri.Files;

/// <summary>Writes a tokenizer into a GGUF file's metadata.</summary>
internal static class GgufVocabularyWriter
{
    private const string Prefix = "tokenizer.ggml.";
    private const float UnusedScore = -1000;

    /// <summary>Writes "no tokenizer": the model then takes ids only.</summary>
    public static void AddNone(GgufWriter writer) => writer.Add(Prefix + "model", "no_vocab");

    /// <summary>Writes a tokenizer.</summary>
    /// <param name="writer">Receives the metadata.</param>
    /// <param name="vocabulary">The tokenizer; it has at most as many tokens as the model.</param>
    /// <param name="size">Entries of the model's table: what the tokenizer lacks becomes unused tokens, since readers count on one for each.</param>
    public static void Add(GgufWriter writer, GgufVocabulary vocabulary, int size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vocabulary.Tokens.Count, size);
        writer.Add(Prefix + "model", vocabulary.Model);
        AddIf("pre", vocabulary.Pre);
        writer.AddStrings(Prefix + "tokens", [.. Filled(vocabulary.Tokens.Select(t => (ReadOnlyMemory<byte>)t), size, id => GgufVocabularyBuilder.Unused(id))]);
        AddIf("scores", vocabulary.Scores is { } scores ? Filled(scores, size, _ => UnusedScore).ToArray() : null);
        AddIf("token_type", vocabulary.TokenTypes is { } types ? Filled(types, size, _ => (int)GgufTokenType.Unused).ToArray() : null);
        if (vocabulary.Merges is { } merges)
        {
            writer.AddStrings(Prefix + "merges", [.. merges.Select(m => (ReadOnlyMemory<byte>)m)]);
        }

        AddIf("bos_token_id", (uint?)vocabulary.BeginOfTextId);
        AddIf("eos_token_id", (uint?)vocabulary.EndOfTextId);
        AddIf("unknown_token_id", (uint?)vocabulary.UnknownId);
        AddIf("padding_token_id", (uint?)vocabulary.PaddingId);
        AddIf("add_bos_token", vocabulary.AddBeginOfText);
        AddIf("add_eos_token", vocabulary.AddEndOfText);
        AddIf("add_space_prefix", vocabulary.AddSpacePrefix);

        void AddIf(string key, object? value)
        {
            if (value is not null)
            {
                writer.Add(Prefix + key, value);
            }
        }
    }

    /// <summary>Writes the model's further end-of-text tokens, its chat templates and how its makers advise to sample.</summary>
    /// <param name="writer">Receives the metadata.</param>
    /// <param name="source">The model.</param>
    /// <param name="end">The end-of-text token that is written already.</param>
    /// <returns>End-of-text tokens there is no key for.</returns>
    public static IReadOnlyList<int> AddHabits(GgufWriter writer, ModelSource source, int? end)
    {
        var further = source.EndOfTextIds.Where(id => id != end).ToList();
        string[] keys = ["eot_token_id", "eom_token_id"];
        foreach (var (key, id) in keys.Zip(further))
        {
            writer.Add(Prefix + key, (uint)id);
        }

        AddTemplates(writer, source);
        AddAdvice(writer, source.GenerationDefaults);
        return further.Skip(keys.Length).ToList();
    }

    private static void AddTemplates(GgufWriter writer, ModelSource source)
    {
        const string key = "tokenizer.chat_template";
        if (source.ChatTemplate is { } template)
        {
            writer.Add(key, template);
        }

        var named = source.ChatTemplates.Where(t => t.Key != "default").ToList();
        if (named.Count > 0)
        {
            writer.Add(key + "s", named.Select(t => t.Key).ToArray());
            named.ForEach(t => writer.Add($"{key}.{t.Key}", t.Value));
        }
    }

    private static void AddAdvice(GgufWriter writer, GenerationDefaults advice)
    {
        // Greedy is said by the temperature.
        AddIf("temp", (float?)(advice.Sample == false ? 0 : advice.Temperature));
        AddIf("top_k", advice.TopK);
        AddIf("top_p", (float?)advice.TopP);
        AddIf("min_p", (float?)advice.MinP);
        AddIf("penalty_repeat", (float?)advice.RepetitionPenalty);

        void AddIf(string key, object? value)
        {
            if (value is not null)
            {
                writer.Add("general.sampling." + key, value);
            }
        }
    }

    private static IEnumerable<T> Filled<T>(IEnumerable<T> values, int size, Func<int, T> fill)
    {
        var id = 0;
        foreach (var value in values)
        {
            yield return value;
            id++;
        }

        for (; id < size; id++)
        {
            yield return fill(id);
        }
    }
}
