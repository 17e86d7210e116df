namespace Colibri.Text.Files;

/// <summary>The tokenizer metadata of a GGUF file (keys <c>tokenizer.ggml.*</c>); null where a key is missing.</summary>
internal sealed record GgufVocabulary
{
    /// <summary>The file, for errors.</summary>
    public required string File { get; init; }

    /// <summary><c>tokenizer.ggml.model</c>: llama, gpt2, bert, t5 ...</summary>
    public required string Model { get; init; }

    /// <summary><c>tokenizer.ggml.pre</c>: how text is cut before byte-pair merging.</summary>
    public string? Pre { get; init; }

    /// <summary><c>tokenizer.ggml.tokens</c>: UTF-8 by id.</summary>
    public required IReadOnlyList<byte[]> Tokens { get; init; }

    /// <summary><c>tokenizer.ggml.scores</c>.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary><c>tokenizer.ggml.token_type</c>, as <see cref="GgufTokenType"/>.</summary>
    public IReadOnlyList<int>? TokenTypes { get; init; }

    /// <summary><c>tokenizer.ggml.merges</c>: two symbols with a space between them.</summary>
    public IReadOnlyList<byte[]>? Merges { get; init; }

    /// <summary><c>tokenizer.ggml.precompiled_charsmap</c>.</summary>
    public byte[]? PrecompiledCharsmap { get; init; }

    /// <summary><c>tokenizer.ggml.bos_token_id</c>.</summary>
    public int? BeginOfTextId { get; init; }

    /// <summary><c>tokenizer.ggml.eos_token_id</c>.</summary>
    public int? EndOfTextId { get; init; }

    /// <summary><c>tokenizer.ggml.unknown_token_id</c>.</summary>
    public int? UnknownId { get; init; }

    /// <summary><c>tokenizer.ggml.seperator_token_id</c> (sic).</summary>
    public int? SeparatorId { get; init; }

    /// <summary><c>tokenizer.ggml.padding_token_id</c>.</summary>
    public int? PaddingId { get; init; }

    /// <summary><c>tokenizer.ggml.add_bos_token</c>.</summary>
    public bool? AddBeginOfText { get; init; }

    /// <summary><c>tokenizer.ggml.add_eos_token</c>.</summary>
    public bool? AddEndOfText { get; init; }

    /// <summary><c>tokenizer.ggml.add_space_prefix</c>.</summary>
    public bool? AddSpacePrefix { get; init; }

    /// <summary><c>tokenizer.ggml.remove_extra_whitespaces</c>.</summary>
    public bool? RemoveExtraWhitespaces { get; init; }

    /// <summary><c>tokenizer.ggml.normalizer.lowercase</c>.</summary>
    public bool? Lowercases { get; init; }

    /// <summary><c>tokenizer.ggml.normalizer.strip_accents</c>.</summary>
    public bool? StripsAccents { get; init; }

    /// <summary><c>general.name</c>: a few models are known by it.</summary>
    public string? ModelName { get; init; }

    /// <summary><c>general.architecture</c>.</summary>
    public string? Architecture { get; init; }
}

/// <summary>The numbers of <c>tokenizer.ggml.token_type</c>.</summary>
internal enum GgufTokenType
{
    /// <summary>Not said.</summary>
    Undefined = 0,

    /// <summary>Text.</summary>
    Normal = 1,

    /// <summary>The unknown token.</summary>
    Unknown = 2,

    /// <summary>A control token.</summary>
    Control = 3,

    /// <summary>Added by the model's maker; looked for in every text.</summary>
    UserDefined = 4,

    /// <summary>Not used.</summary>
    Unused = 5,

    /// <summary>A byte.</summary>
    Byte = 6,
}
