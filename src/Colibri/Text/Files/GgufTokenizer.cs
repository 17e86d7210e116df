using Colibri.Text.Decoders;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.PostProcessors;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Puts a tokenizer together from GGUF metadata, so that it gives the ids llama.cpp gives (llama-vocab.cpp).</summary>
internal static class GgufTokenizer
{
    /// <summary>Puts the parts together.</summary>
    /// <exception cref="InputException">The metadata is faulty or names a kind of tokenizer that is not known.</exception>
    public static TokenizerParts Read(GgufVocabulary source)
    {
        var tokens = new GgufTokens(source);
        return source.Model switch
        {
            "llama" => ReadScored(source, tokens),
            "gpt2" or "gemma4" => GgufBpe.Read(source, tokens),
            "bert" => GgufWordPiece.Read(source, tokens),
            "t5" => GgufUnigram.Read(source, tokens),
            _ => throw new InputException($"{source.File}: 'tokenizer.ggml.model' is '{source.Model}'; llama, gpt2, bert or t5 is expected."),
        };
    }

    /// <summary>The template that puts tokens around one text or two.</summary>
    public static TemplateProcessing Around(int? before, int? after)
    {
        TemplateProcessing.Part[] start = before is { } b ? [TemplateProcessing.Part.OfSpecial(0, b)] : [];
        TemplateProcessing.Part[] end = after is { } a ? [TemplateProcessing.Part.OfSpecial(0, a)] : [];
        return new TemplateProcessing(
            [.. start, TemplateProcessing.Part.OfText(0, 0), .. end],
            [.. start, TemplateProcessing.Part.OfText(0, 0), .. end, .. start, TemplateProcessing.Part.OfText(1, 1), .. end]);
    }

    private static TokenizerParts ReadScored(GgufVocabulary source, GgufTokens tokens)
    {
        if (source.Scores is not { } scores)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.scores' is missing; a score for each of {source.Tokens.Count} tokens is expected.");
        }

        var begin = tokens.Special("bos_token_id", source.BeginOfTextId, 1);
        var end = tokens.Special("eos_token_id", source.EndOfTextId, 2);
        var addsPrefix = source.AddSpacePrefix ?? true;
        var addsBegin = (source.AddBeginOfText ?? true) && begin is not null;
        var addsEnd = (source.AddEndOfText ?? false) && end is not null;
        Normalizer escape = new ReplaceNormalizer(" ", "\u2581");
        Decoder[] decoders = [new ReplaceDecoder("\u2581", " "), new ByteFallbackDecoder(runsMustBeWhole: false), new FuseDecoder()];
        return new TokenizerParts
        {
            Vocabulary = tokens.Texts,
            Model = new ScoredBpeModel(tokens.Entries, scores, new ScoredBpeSettings { ByteTokens = ByteTokens(tokens.Table) }),
            AddedTokens = tokens.Added(),
            Normalizer = addsPrefix ? new SequenceNormalizer([new PrependNormalizer(" "), escape]) : escape,
            PostProcessor = Around(addsBegin ? begin : null, addsEnd ? end : null),
            Decoder = new SequenceDecoder(addsPrefix ? [.. decoders, new StripDecoder(new System.Text.Rune(' '), 1, 0)] : decoders),
            InvalidText = InvalidText.Kept,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = addsBegin,
        };
    }

    // A byte is spelled <0x0A>, or else stands for itself.
    private static int[] ByteTokens(TokenTable table)
    {
        var tokens = BpeReader.ByteTokens(table);
        Span<byte> one = stackalloc byte[1];
        for (var b = 0; b < 256; b++)
        {
            one[0] = (byte)b;
            tokens[b] = tokens[b] >= 0 ? tokens[b] : table.Find(one);
        }

        return tokens;
    }
}
