using Colibri.Text.Decoders;
using Colibri.Text.Pipeline;
using Colibri.Text.PostProcessors;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;

namespace Colibri.Text.Files;

/// <summary>
/// Puts a word-piece tokenizer together from GGUF metadata (<c>tokenizer.ggml.model</c> bert). In these vocabularies a
/// token that begins a word is marked with U+2581, and one that goes on is not.
/// </summary>
internal static class GgufWordPiece
{
    /// <summary>Puts the parts together.</summary>
    public static TokenizerParts Read(GgufVocabulary source, GgufTokens tokens)
    {
        var begin = tokens.Special("bos_token_id", source.BeginOfTextId, 101);
        var separator = tokens.Special("seperator_token_id", source.SeparatorId, 102);
        var unknown = tokens.Special("unknown_token_id", source.UnknownId, 100);
        if (begin is null || separator is null || unknown is null)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml' names no beginning, separator or unknown token within its {source.Tokens.Count} tokens; ids below that are expected.");
        }

        var lowercases = source.Lowercases ?? true;
        TemplateProcessing.Part[] single =
            [TemplateProcessing.Part.OfSpecial(0, begin.Value), TemplateProcessing.Part.OfText(0, 0), TemplateProcessing.Part.OfSpecial(0, separator.Value)];
        return new TokenizerParts
        {
            Vocabulary = tokens.Texts,
            Model = new LongestPieceModel(tokens.Table, unknown.Value),
            AddedTokens = tokens.Added(),
            PreTokenizer = new GgufBertPreTokenizer(lowercases, source.StripsAccents ?? lowercases),
            PostProcessor = new TemplateProcessing(
                single, [.. single, TemplateProcessing.Part.OfText(1, 1), TemplateProcessing.Part.OfSpecial(1, separator.Value)]),
            Decoder = new SequenceDecoder([new ReplaceDecoder("\u2581", " "), new CleanUpDecoder(), new FuseDecoder(), new StripDecoder(new System.Text.Rune(' '), 1, 0)]),
            InvalidText = InvalidText.ReplacedByteByByte,
            BeginOfTextId = begin,
            EndOfTextId = tokens.Special("eos_token_id", source.EndOfTextId, separator),
            AddsBeginOfText = true,
        };
    }
}
