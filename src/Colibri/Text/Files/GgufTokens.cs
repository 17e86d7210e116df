using System.Text;
using Colibri.Text.AddedTokens;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>The tokens of a GGUF vocabulary, checked.</summary>
internal sealed class GgufTokens
{
    // Files in the field mark these wrongly; the reference goes by the names (llama-vocab.cpp, "auto-detect special tokens").
    private static readonly string[] AlwaysControl =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "<end_of_turn>",
        "<|endoftext|>", "</s>", "<|eom_id|>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<end_of_utterance>",
        "<eos>", "<turn|>", "<|tool_response>", "<｜end▁of▁sentence｜>", "[e~[",
        "<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>",
        "<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>", "<|suffix|>",
        "<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>", "<|middle|>",
        "<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]",
        "<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>", "<|file_sep|>",
    ];

    private static readonly string[] NeverControl = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];

    private readonly GgufVocabulary source;
    private readonly Dictionary<int, GgufTokenType> overrides;

    /// <summary>Checks the lists against each other.</summary>
    /// <exception cref="InputException">A list is shorter or longer than another, a token comes twice, or a score is not a number.</exception>
    public GgufTokens(GgufVocabulary source)
    {
        this.source = source;
        if (source.Tokens.Count == 0)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.tokens' is empty; a list of tokens is expected.");
        }

        overrides = [];
        CheckLength("scores", source.Scores?.Count);
        CheckLength("token_type", source.TokenTypes?.Count);
        for (var id = 0; id < (source.Scores?.Count ?? 0); id++)
        {
            if (float.IsNaN(source.Scores![id]))
            {
                throw new InputException($"{source.File}: 'tokenizer.ggml.scores' has no number for token {id}; a number is expected.");
            }
        }

        var entries = new List<KeyValuePair<byte[], int>>(source.Tokens.Count);
        for (var id = 0; id < source.Tokens.Count; id++)
        {
            entries.Add(KeyValuePair.Create(source.Tokens[id].Length == 0 ? Encoding.UTF8.GetBytes($"[EMPTY_{id}]") : source.Tokens[id], id));
        }

        Entries = entries;
        Table = TokenTable.Build(entries);
        Texts = new TokenTexts(entries);
        if (Table.Count < entries.Count)
        {
            var twice = entries.First(e => Table.Find(e.Key) != e.Value);
            throw new InputException(
                $"{source.File}: 'tokenizer.ggml.tokens' has '{Encoding.UTF8.GetString(twice.Key)}' at {twice.Value} and at {Table.Find(twice.Key)}; each token is expected once.");
        }

        Override(AlwaysControl, GgufTokenType.Control);
        Override(NeverControl, GgufTokenType.UserDefined);
    }

    /// <summary>Texts with ids.</summary>
    public IReadOnlyList<KeyValuePair<byte[], int>> Entries { get; }

    /// <summary>Ids by text.</summary>
    public TokenTable Table { get; }

    /// <summary>Texts by id.</summary>
    public TokenTexts Texts { get; }

    /// <summary>What a token is: as the file says, but for a few names that are control tokens (or are not) whatever it says.</summary>
    public GgufTokenType Type(int id) =>
        overrides.TryGetValue(id, out var type) ? type
        : source.TokenTypes is not { } types ? GgufTokenType.Normal
        : types[id] is >= (int)GgufTokenType.Normal and <= (int)GgufTokenType.Byte ? (GgufTokenType)types[id]
        : GgufTokenType.Undefined;

    /// <summary>A special id: the file's, or else the kind's usual one where it is a token.</summary>
    public int? Special(string key, int? stated, int? usual)
    {
        if (stated is { } id)
        {
            return id >= 0 && id < source.Tokens.Count
                ? id
                : throw new InputException($"{source.File}: 'tokenizer.ggml.{key}' is {id}; an id below {source.Tokens.Count} is expected.");
        }

        return usual < source.Tokens.Count ? usual : null;
    }

    /// <summary>
    /// The tokens looked for in the text: control tokens and the unknown token where special tokens are read, and what the
    /// maker added always.
    /// </summary>
    public List<AddedToken> Added()
    {
        // Files do not say what white space goes with a token; the reference goes by the names of a few models.
        var name = source.ModelName?.ToLowerInvariant() ?? "";
        var stripsRight = name.Contains("phi-3", StringComparison.Ordinal) || name.Contains("phi3", StringComparison.Ordinal);
        var maskThatStrips = source.Pre is "jina-v2-de" or "jina-v2-es" or "jina-v2-code" || source.Architecture is "nomic-bert-moe" or "jina-bert-v3" ? "<mask>"
            : name.Contains("modern-bert", StringComparison.Ordinal) ? "[MASK]" : null;
        var tokens = new List<AddedToken>();
        for (var id = 0; id < source.Tokens.Count; id++)
        {
            var type = Type(id);
            if (type is GgufTokenType.Control or GgufTokenType.Unknown or GgufTokenType.UserDefined)
            {
                var text = Texts.Text(id)!;
                tokens.Add(new AddedToken
                {
                    Id = id,
                    Content = text,
                    Special = type != GgufTokenType.UserDefined,
                    StripsLeft = text == maskThatStrips,
                    StripsRight = stripsRight && text is not ("<unk>" or "<s>" or "<|endoftext|>"),
                });
            }
        }

        return tokens;
    }

    private void Override(string[] names, GgufTokenType type)
    {
        foreach (var name in names)
        {
            var id = Table.Find(Encoding.UTF8.GetBytes(name));
            if (id >= 0)
            {
                overrides[id] = type;
            }
        }
    }

    private void CheckLength(string key, int? count)
    {
        if (count is { } entries && entries != source.Tokens.Count)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.{key}' has {entries} entries; one for each of {source.Tokens.Count} tokens is expected.");
        }
    }
}
