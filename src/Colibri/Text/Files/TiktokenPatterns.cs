namespace Colibri.Text.Files;

/// <summary>The encodings that tiktoken knows by name (openai_public.py): how each cuts text, and its special tokens.</summary>
internal static class TiktokenPatterns
{
    private const string R50k = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s";
    private const string Cl100k =
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s";

    private const string O200k =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        + @"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Llama3 =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Dictionary<string, int> EndAt50256 = new() { ["<|endoftext|>"] = 50256 };

    /// <summary>How the Qwen models cut text.</summary>
    public const string Qwen =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private static readonly Dictionary<string, Encoding> Known = new(StringComparer.Ordinal)
    {
        ["gpt2"] = new(R50k, EndAt50256),
        ["r50k_base"] = new(R50k, EndAt50256),
        ["p50k_base"] = new(R50k, EndAt50256),
        ["p50k_edit"] = new(R50k, new()
        {
            ["<|endoftext|>"] = 50256,
            ["<|fim_prefix|>"] = 50281,
            ["<|fim_middle|>"] = 50282,
            ["<|fim_suffix|>"] = 50283,
        }),
        ["cl100k_base"] = new(Cl100k, new()
        {
            ["<|endoftext|>"] = 100257,
            ["<|fim_prefix|>"] = 100258,
            ["<|fim_middle|>"] = 100259,
            ["<|fim_suffix|>"] = 100260,
            ["<|endofprompt|>"] = 100276,
        }),
        ["o200k_base"] = new(O200k, new() { ["<|endoftext|>"] = 199999, ["<|endofprompt|>"] = 200018 }),
        ["o200k_harmony"] = new(O200k, Harmony()),
        ["llama3"] = new(Llama3, SpecialsOfLlama3()) { Begin = "<|begin_of_text|>", End = "<|end_of_text|>" },
        ["qwen"] = new(Qwen, SpecialsOfQwen()),
    };

    /// <summary>The encoding of a name, or null where it is not one.</summary>
    public static Encoding? Find(string name) => Known.GetValueOrDefault(name.Replace('-', '_'));

    /// <summary>The names.</summary>
    public static IReadOnlyCollection<string> Names => Known.Keys;

    // As Llama 3.1 names them; Llama 3 called two of them reserved.
    private static Dictionary<string, int> SpecialsOfLlama3()
    {
        string[] first =
        [
            "<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|reserved_special_token_1|>", "<|finetune_right_pad_id|>",
            "<|reserved_special_token_2|>", "<|start_header_id|>", "<|end_header_id|>", "<|eom_id|>", "<|eot_id|>", "<|python_tag|>",
        ];
        return Enumerable.Range(0, 256).ToDictionary(i => i < first.Length ? first[i] : $"<|reserved_special_token_{i - 8}|>", i => 128000 + i);
    }

    private static Dictionary<string, int> SpecialsOfQwen()
    {
        string[] first = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"];
        return Enumerable.Range(0, 208).ToDictionary(i => i < first.Length ? first[i] : $"<|extra_{i - 3}|>", i => 151643 + i);
    }

    private static Dictionary<string, int> Harmony()
    {
        var specials = new Dictionary<string, int>
        {
            ["<|startoftext|>"] = 199998,
            ["<|endoftext|>"] = 199999,
            ["<|return|>"] = 200002,
            ["<|constrain|>"] = 200003,
            ["<|channel|>"] = 200005,
            ["<|start|>"] = 200006,
            ["<|end|>"] = 200007,
            ["<|message|>"] = 200008,
            ["<|call|>"] = 200012,
        };
        for (var id = 200000; id < 201088; id++)
        {
            if (!specials.ContainsValue(id))
            {
                specials[id == 200018 ? "<|endofprompt|>" : $"<|reserved_{id}|>"] = id;
            }
        }

        return specials;
    }

    /// <summary>An encoding.</summary>
    /// <param name="Pattern">How text is cut.</param>
    /// <param name="Specials">Its special tokens.</param>
    internal sealed record Encoding(string Pattern, Dictionary<string, int> Specials)
    {
        /// <summary>The token that begins every text, or null.</summary>
        public string? Begin { get; init; }

        /// <summary>The token that ends a text where it is not &lt;|endoftext|&gt;, or null.</summary>
        public string? End { get; init; }
    }
}
