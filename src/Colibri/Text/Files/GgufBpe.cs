using System.Text;
using Colibri.Text.Decoders;
using Colibri.Text.Pipeline;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;
using Colibri.Text.Unicode;

namespace Colibri.Text.Files;

/// <summary>Puts a byte-pair tokenizer together from GGUF metadata (<c>tokenizer.ggml.model</c> gpt2).</summary>
internal static class GgufBpe
{
    /// <summary>Puts the parts together.</summary>
    public static TokenizerParts Read(GgufVocabulary source, GgufTokens tokens)
    {
        if (source.Merges is null)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.merges' is missing; a list of merges is expected.");
        }

        var usual = source.Tokens.Count > 11 ? 11 : (int?)null;
        var begin = tokens.Special("bos_token_id", source.BeginOfTextId, usual);
        var end = tokens.Special("eos_token_id", source.EndOfTextId, usual);
        var addsBegin = (source.AddBeginOfText ?? false) && begin is not null;
        var addsEnd = (source.AddEndOfText ?? false) && end is not null;
        var added = tokens.Added();
        return new TokenizerParts
        {
            Vocabulary = tokens.Texts,
            Model = ReadModel(source, tokens, ignoreMerges: false),
            AddedTokens = added,
            PreTokenizer = new SplitPreTokenizer(Gpt2Splitter.Instance),
            PostProcessor = GgufTokenizer.Around(addsBegin ? begin : null, addsEnd ? end : null),
            Decoder = new ByteLevelDecoder(),
            // Added tokens are plain text in the file; the decoder expects the byte alphabet.
            DecodedTexts = added.ToDictionary(t => t.Id, t => ByteAlphabet.Encode(Encoding.UTF8.GetBytes(t.Content))),
            InvalidText = InvalidText.ReplacedByteByByte,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = addsBegin,
        };
    }

    private static BpeModel ReadModel(GgufVocabulary source, GgufTokens tokens, bool ignoreMerges)
    {
        // Symbols are raw bytes. What merges name need not be a token: such a symbol gets an id behind the vocabulary.
        var entries = new List<KeyValuePair<byte[], int>>(tokens.Entries.Count);
        foreach (var (text, id) in tokens.Entries)
        {
            if (System.Text.Unicode.Utf8.IsValid(text) && ByteAlphabet.TryDecode(text) is { } bytes)
            {
                entries.Add(KeyValuePair.Create(bytes, id));
            }
        }

        var table = TokenTable.Build(entries);
        var symbols = new HiddenSymbols(table, source.Tokens.Count);
        var tables = new BpeTables(symbolsAreBytes: true, source.Merges!.Count);
        for (var rank = 0; rank < source.Merges.Count; rank++)
        {
            var merge = source.Merges[rank];
            var space = merge.Length > 1 ? merge.AsSpan(1).IndexOf((byte)' ') + 1 : 0;
            if (space <= 0 || space == merge.Length - 1)
            {
                throw new InputException(
                    $"{source.File}: 'tokenizer.ggml.merges' has '{Encoding.UTF8.GetString(merge)}' at {rank}; two symbols with a space between them are expected.");
            }

            if (System.Text.Unicode.Utf8.IsValid(merge)
                && ByteAlphabet.TryDecode(merge.AsSpan(0, space)) is { } left
                && ByteAlphabet.TryDecode(merge.AsSpan(space + 1)) is { } right)
            {
                byte[] joined = [.. left, .. right];
                tables.Add(symbols.Of(left), left, symbols.Of(right), right, rank, symbols.Of(joined), keepFirst: true);
            }
        }

        return new BpeModel(
            symbols.Count == 0 ? table : TokenTable.Build([.. entries, .. symbols.Entries]),
            tables.Merges,
            tables.Neighbours,
            new BpeSettings
            {
                SymbolsAreBytes = true,
                IgnoreMerges = ignoreMerges,
                HiddenSymbols = symbols.Expand(b => PrintableToken(tokens, b)),
                FirstHiddenSymbol = source.Tokens.Count,
            });
    }

    // A symbol without a token comes out byte by byte of its spelling, where only ASCII has tokens of one byte.
    private static int PrintableToken(GgufTokens tokens, byte b)
    {
        var spelled = ByteAlphabet.CodePoint(b);
        return spelled < 0x80 ? tokens.Table.Find([(byte)spelled]) : -1;
    }
}
