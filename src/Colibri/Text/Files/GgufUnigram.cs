using Colibri.Text.Decoders;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>Puts a unigram tokenizer together from GGUF metadata (<c>tokenizer.ggml.model</c> t5).</summary>
internal static class GgufUnigram
{
    private const int UsualEnd = 1;
    private const int UsualUnknown = 2;
    private const float UnknownPenalty = 10;

    /// <summary>Puts the parts together.</summary>
    public static TokenizerParts Read(GgufVocabulary source, GgufTokens tokens)
    {
        if (source.Scores is not { } scores)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.scores' is missing; a score for each of {source.Tokens.Count} tokens is expected.");
        }

        var begin = tokens.Special("bos_token_id", source.BeginOfTextId, null);
        var end = tokens.Special("eos_token_id", source.EndOfTextId, UsualEnd);
        var unknown = tokens.Special("unknown_token_id", source.UnknownId, UsualUnknown);
        var addsBegin = (source.AddBeginOfText ?? false) && begin is not null;
        var addsEnd = (source.AddEndOfText ?? true) && end is not null;
        var removesExtra = source.RemoveExtraWhitespaces ?? false;
        var addsPrefix = source.AddSpacePrefix ?? false;
        var lowest = float.MaxValue;
        var chosen = new List<KeyValuePair<byte[], int>>();
        var symbols = new List<KeyValuePair<byte[], int>>();
        var values = new double[scores.Count];
        foreach (var entry in tokens.Entries)
        {
            var type = tokens.Type(entry.Value);
            values[entry.Value] = type == GgufTokenType.UserDefined ? 0 : scores[entry.Value];
            lowest = type == GgufTokenType.Normal ? Math.Min(lowest, scores[entry.Value]) : lowest;
            if (type is GgufTokenType.Normal or GgufTokenType.UserDefined or GgufTokenType.Unused)
            {
                chosen.Add(entry);
            }

            if (type == GgufTokenType.UserDefined)
            {
                symbols.Add(entry);
            }
        }

        Decoder[] decoders = [new ReplaceDecoder("\u2581", " "), new ByteFallbackDecoder(runsMustBeWhole: false), new FuseDecoder()];
        return new TokenizerParts
        {
            Vocabulary = tokens.Texts,
            Model = new UnigramModel(new TokenTrie(chosen), TokenTable.Build(chosen), new UnigramSettings
            {
                Scores = values,
                UnknownId = unknown ?? -1,
                UnknownScore = lowest - UnknownPenalty,
            }),
            AddedTokens = tokens.Added(),
            Normalizer = new SentencePieceNormalizer
            {
                Map = source.PrecompiledCharsmap is { Length: > 0 } rules ? new CharacterMap(rules, $"{source.File}: 'tokenizer.ggml.precompiled_charsmap'") : null,
                Symbols = symbols.Count == 0 ? null : new TokenTrie(symbols),

                // The reference puts a space before every word where it merges spaces, the first included.
                AddsDummyPrefix = addsPrefix || removesExtra,
                RemovesExtraSpaces = removesExtra,
                LikeLlamaCpp = true,
            },
            PostProcessor = GgufTokenizer.Around(addsBegin ? begin : null, addsEnd ? end : null),
            Decoder = new SequenceDecoder(addsPrefix || removesExtra ? [.. decoders, new StripDecoder(new System.Text.Rune(' '), 1, 0)] : decoders),
            InvalidText = InvalidText.Kept,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = addsBegin,
        };
    }
}
