using Colibri.Text.AddedTokens;
using Colibri.Text.PostProcessors;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Reads Hugging Face's tokenizer.json into the parts of a tokenizer.</summary>
internal static class TokenizerJson
{
    /// <summary>Texts that usually end a text, in the order they are looked for where no configuration names one.</summary>
    private static readonly string[] UsualEnds =
        ["</s>", "<|endoftext|>", "<|end_of_text|>", "<|eot_id|>", "<|im_end|>", "<eos>", "<|end|>", "[SEP]", "<|return|>"];

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="json">The bytes.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="config">What tokenizer_config.json beside it says, or null.</param>
    /// <exception cref="InputException">The file is faulty.</exception>
    public static TokenizerParts Read(ReadOnlyMemory<byte> json, string file, TokenizerConfig? config)
    {
        var root = JsonField.Parse(json, file);
        var normalizer = root.TryGet("normalizer", out var field) ? NormalizerReader.Read(field) : null;
        var preTokenizer = root.TryGet("pre_tokenizer", out field) ? PreTokenizerReader.Read(field) : null;
        var model = root.Object("model");
        var tokenModel = ModelReader.Read(model, ref preTokenizer, out var entries);
        var texts = new TokenTexts(entries);
        var table = TokenTable.Build(entries);
        var added = AddedTokenReader.Read(root, table, texts, entries.Count);
        AddMissing(added, config, table, texts.Size);
        var postProcessor = root.TryGet("post_processor", out field) ? PostProcessorReader.Read(field) : null;
        var size = added.Select(t => t.Id).Append(texts.Size - 1).Max() + 1;
        foreach (var id in postProcessor?.AddedIds ?? [])
        {
            if (id >= size)
            {
                root.Get("post_processor", "a post-processor").Throw($"adds the token {id}; ids below {size} are expected.");
            }
        }

        var begin = IdOf(config?.BeginOfText, added, table) ?? FirstSpecial(postProcessor);
        var end = IdOf(config?.EndOfText, added, table) ?? UsualEnds.Select(t => IdOf(t, added, table)).FirstOrDefault(id => id is not null);
        postProcessor = Override(postProcessor, config, begin, end);
        return new TokenizerParts
        {
            Vocabulary = texts,
            Model = tokenModel,
            AddedTokens = added,
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            PostProcessor = postProcessor,
            Decoder = root.TryGet("decoder", out field) ? DecoderReader.Read(field) : null,
            DecodersUndoNormalizer = normalizer is not null && NormalizerReader.SpellsBytes(normalizer),
            CleansUpSpaces = config?.CleansUp ?? false,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = begin is not null && FirstSpecial(postProcessor) == begin,
            Truncation = root.TryGet("truncation", out field) ? LimitsReader.ReadTruncation(field) : null,
            Padding = root.TryGet("padding", out field) ? LimitsReader.ReadPadding(field) : null,
        };
    }

    // Tokens that only the configuration beside the file knows.
    private static void AddMissing(List<AddedToken> added, TokenizerConfig? config, TokenTable table, int size)
    {
        foreach (var token in config?.Numbered ?? [])
        {
            if (token.Content.Length > 0 && token.Id <= VocabularyReader.HighestId(size + added.Count)
                && !added.Exists(t => t.Id == token.Id || t.Content == token.Content)
                && VocabularyReader.Find(table, token.Content) is var id && (id < 0 ? token.Id >= size : id == token.Id))
            {
                added.Add(token);
            }
        }
    }

    // These classes go by the configuration, whatever the file says (tokenization_llama_fast.py, update_post_processor).
    private static PostProcessor? Override(PostProcessor? processor, TokenizerConfig? config, int? begin, int? end)
    {
        if (config is null || config.Class is null || !config.Is("Llama", "CodeLlama", "Gemma", "Cohere")
            || (config.Flag("add_bos_token") is null && config.Flag("add_eos_token") is null))
        {
            return processor;
        }

        var around = GgufTokenizer.Around((config.Flag("add_bos_token") ?? true) ? begin : null, (config.Flag("add_eos_token") ?? false) ? end : null);

        // What does nothing to ids (trimming of offsets) stays.
        return processor is ByteLevelProcessing ? new SequenceProcessing([processor, around]) : around;
    }

    private static int? FirstSpecial(PostProcessor? processor) =>
        processor?.Process([new TokenList { Ids = [-1], TypeIds = [0] }], addSpecialTokens: true) is { Count: > 0 } lists
        && TokenList.Join(lists).Ids is { Length: > 0 } ids && ids[0] >= 0
            ? ids[0]
            : null;

    private static int? IdOf(string? text, List<AddedToken> added, TokenTable table)
    {
        if (text is null)
        {
            return null;
        }

        var token = added.Find(t => t.Content == text);
        var id = token?.Id ?? VocabularyReader.Find(table, text);
        return id < 0 ? null : id;
    }
}
