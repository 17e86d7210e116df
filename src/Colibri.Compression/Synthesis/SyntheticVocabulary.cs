using System.Text;
using Colibri.Files;
using Colibri.Text.Files;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// Another model's tokenizer in GGUF's terms, which a synthetic model gets cut or filled up to its number of tokens, so
/// that text can be put in and comes out.
/// </summary>
internal sealed class SyntheticVocabulary
{
    /// <summary>A token of text.</summary>
    public const int NormalType = (int)GgufTokenType.Normal;

    /// <summary>A token that stands for no text and is never made from text.</summary>
    public const int UnusedType = (int)GgufTokenType.Unused;

    private const string Prefix = "tokenizer.";
    private const string TokensKey = "tokenizer.ggml.tokens";
    private const string ScoresKey = "tokenizer.ggml.scores";
    private const string TypesKey = "tokenizer.ggml.token_type";
    private const string MergesKey = "tokenizer.ggml.merges";
    private const string ModelKey = "tokenizer.ggml.model";
    private const float UnusedScore = -1000;

    /// <summary>Every token's bytes, by id.</summary>
    public required IReadOnlyList<ReadOnlyMemory<byte>> Tokens { get; init; }

    /// <summary>Every token's score, or null where the kind of tokenizer has none.</summary>
    public float[]? Scores { get; init; }

    /// <summary>Every token's type, GGUF's numbers; ids beyond its end are normal tokens.</summary>
    public required int[] Types { get; init; }

    /// <summary>Pairs of pieces with a space between, best first, or null.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Merges { get; init; }

    /// <summary>Everything else: keys with single values (ids of special tokens, flags, the kind of tokenizer).</summary>
    public IReadOnlyList<KeyValuePair<string, object>> Values { get; init; } = [];

    /// <summary>Writes "no tokenizer": the model then takes ids only.</summary>
    public static void AddNone(GgufWriter writer) => GgufVocabularyWriter.AddNone(writer);

    /// <summary>The tokenizer of a GGUF file or of a Hugging Face folder.</summary>
    /// <exception cref="InputException">Nothing is there, it has no tokenizer, or one that has no counterpart in GGUF.</exception>
    public static SyntheticVocabulary Load(string path)
    {
        using var source = ModelSource.Open(path);
        return source switch
        {
            GgufSource gguf => FromGguf(gguf),
            HuggingFaceSource folder => FromFolder(folder),
            _ => throw new InputException($"{path}: a GGUF file or a Hugging Face folder is expected."),
        };
    }

    /// <summary>Writes the tokenizer for a model of so many tokens.</summary>
    /// <param name="writer">Receives the metadata.</param>
    /// <param name="size">Tokens of the model: further ones are cut off, missing ones become unused ones.</param>
    public void AddTo(GgufWriter writer, int size)
    {
        var kept = Math.Min(Tokens.Count, size);
        writer.AddStrings(TokensKey, [.. Tokens.Take(kept), .. Enumerable.Range(kept, size - kept).Select(id => (ReadOnlyMemory<byte>)GgufVocabularyBuilder.Unused(id))]);
        if (Scores is not null)
        {
            writer.Add(ScoresKey, Resize(Scores, kept, size, 0, UnusedScore));
        }

        writer.Add(TypesKey, Resize(Types, kept, size, NormalType, UnusedType));
        if (Merges is not null)
        {
            writer.AddStrings(MergesKey, kept < Tokens.Count ? MergesWithin(kept) : [.. Merges]);
        }

        foreach (var (key, value) in Values)
        {
            if (!key.EndsWith("_token_id", StringComparison.Ordinal) || IdOf(value) < kept)
            {
                writer.Add(key, value);
            }
        }
    }

    private static SyntheticVocabulary FromFolder(HuggingFaceSource source)
    {
        var vocabulary = GgufVocabularyBuilder.FromFolder(source.Path, source.EndOfTextIds.Count > 0 ? source.EndOfTextIds[0] : null, null, []);
        var values = new (string Key, object? Value)[]
        {
            (ModelKey, vocabulary.Model),
            (Prefix + "ggml.pre", vocabulary.Pre),
            (Prefix + "ggml.bos_token_id", (uint?)vocabulary.BeginOfTextId),
            (Prefix + "ggml.eos_token_id", (uint?)vocabulary.EndOfTextId),
            (Prefix + "ggml.unknown_token_id", (uint?)vocabulary.UnknownId),
            (Prefix + "ggml.add_bos_token", vocabulary.AddBeginOfText),
            (Prefix + "ggml.add_eos_token", vocabulary.AddEndOfText),
            (Prefix + "ggml.add_space_prefix", vocabulary.AddSpacePrefix),
            (Prefix + "chat_template", source.ChatTemplate),
        };
        return new SyntheticVocabulary
        {
            Tokens = [.. vocabulary.Tokens.Select(t => (ReadOnlyMemory<byte>)t)],
            Scores = vocabulary.Scores?.ToArray(),
            Types = [.. vocabulary.TokenTypes!],
            Merges = vocabulary.Merges is { } merges ? [.. merges.Select(m => (ReadOnlyMemory<byte>)m)] : null,
            Values = [.. values.Where(v => v.Value is not null).Select(v => KeyValuePair.Create(v.Key, v.Value!))],
        };
    }

    private static SyntheticVocabulary FromGguf(GgufSource source)
    {
        var metadata = source.Metadata;
        return new SyntheticVocabulary
        {
            Tokens = metadata.Strings(TokensKey) is { } tokens ? BytesOf(tokens) : throw new InputException($"{source.Path}: has no tokenizer ('{TokensKey}' is missing); name a model that has one."),
            Scores = metadata.Floats(ScoresKey),
            Types = metadata.Integers(TypesKey) ?? [],
            Merges = metadata.Strings(MergesKey) is { } merges ? BytesOf(merges) : null,
            Values = [.. metadata.Keys.Where(key => key.StartsWith(Prefix, StringComparison.Ordinal)).Select(key => KeyValuePair.Create(key, ValueOf(metadata, key)!)).Where(pair => pair.Value is not null)],
        };
    }

    /// <summary>A single value, or null: lists belong to single tokens and are handled above, or left behind.</summary>
    private static object? ValueOf(GgufMetadata metadata, string key)
    {
        var value = metadata.Value(key)!.Value;
        return value.Type switch
        {
            GgufValueType.String => value.AsText(),
            GgufValueType.Bool => value.AsFlag(),
            GgufValueType.Float32 => (float?)value.AsNumber(),
            GgufValueType.UInt32 => (uint?)value.AsInteger(),
            GgufValueType.Int32 => (int?)value.AsInteger(),
            _ => value.AsInteger(),
        };
    }

    private static long IdOf(object value) => value switch
    {
        uint id => id,
        int id => id,
        long id => id,
        _ => long.MaxValue,
    };

    private static ReadOnlyMemory<byte>[] BytesOf(GgufStrings strings) =>
        [.. Enumerable.Range(0, strings.Count).Select(i => (ReadOnlyMemory<byte>)strings.Utf8(i).ToArray())];

    /// <summary>The merges whose result is still a token.</summary>
    private ReadOnlyMemory<byte>[] MergesWithin(int kept)
    {
        // Two pieces with a space between; byte-level pieces hold no space, others may begin with one. Latin-1 keeps bytes.
        var known = Tokens.Take(kept).Select(t => Encoding.Latin1.GetString(t.Span)).ToHashSet(StringComparer.Ordinal);
        return [.. Merges!.Where(merge =>
        {
            var text = Encoding.Latin1.GetString(merge.Span);
            return text.Length > 2 && text.IndexOf(' ', 1) is > 0 and var space && known.Contains(text.Remove(space, 1));
        })];
    }

    /// <summary>The first <paramref name="kept"/> values (or a stand-in where there are fewer), then the fill.</summary>
    private static T[] Resize<T>(T[] values, int kept, int size, T missing, T fill)
    {
        var result = new T[size];
        for (var i = 0; i < size; i++)
        {
            result[i] = i >= kept ? fill : i < values.Length ? values[i] : missing;
        }

        return result;
    }
}
