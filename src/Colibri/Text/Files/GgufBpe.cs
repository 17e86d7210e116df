using System.Text;
using Colibri.Text.Decoders;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.PreTokenizers;
using Colibri.Text.TokenModels;
using Colibri.Text.Unicode;

namespace Colibri.Text.Files;

/// <summary>Puts a byte-pair tokenizer together from GGUF metadata (<c>tokenizer.ggml.model</c> gpt2).</summary>
internal static class GgufBpe
{
    // The end-of-text token of GPT-2's relatives where the file names none.
    private const int UsualEnd = 11;

    /// <summary>Puts the parts together.</summary>
    public static TokenizerParts Read(GgufVocabulary source, GgufTokens tokens)
    {
        var name = source.Model == "gemma4" ? "gemma4" : source.Pre ?? "default";
        var recipe = GgufPatterns.Find(name) ?? throw new InputException(
            $"{source.File}: 'tokenizer.ggml.pre' is '{name}', which is not known; one of {string.Join(", ", GgufPatterns.Names)} is expected.");
        if (recipe.NeedsMerges && source.Merges is null)
        {
            throw new InputException($"{source.File}: 'tokenizer.ggml.merges' is missing; a list of merges is expected.");
        }

        var usual = source.Tokens.Count > UsualEnd ? UsualEnd : (int?)null;
        var begin = tokens.Special("bos_token_id", source.BeginOfTextId, recipe.HasBeginOfText ? usual : null);
        var end = tokens.Special("eos_token_id", source.EndOfTextId, usual);
        var addsBegin = (recipe.SpellsBytes ? source.AddBeginOfText ?? recipe.AddsBeginOfText : recipe.AddsBeginOfText || source.AddBeginOfText == true) && begin is not null;
        var addsEnd = (source.AddEndOfText ?? false) && end is not null;
        var added = tokens.Added();
        return new TokenizerParts
        {
            Vocabulary = tokens.Texts,
            Model = ReadModel(source, tokens, recipe),
            AddedTokens = added,
            Normalizer = recipe.SpellsBytes || !recipe.EscapesSpaces ? null : new ReplaceNormalizer(" ", "\u2581"),
            PreTokenizer = new SequencePreTokenizer(recipe.Patterns.Select(PatternSplits.Isolated).ToArray()),
            PostProcessor = GgufTokenizer.Around(addsBegin ? begin : null, addsEnd ? end : null),
            Decoder = recipe.SpellsBytes
                ? new ByteLevelDecoder()
                : new SequenceDecoder([new ReplaceDecoder("\u2581", " "), new ByteFallbackDecoder(runsMustBeWhole: false), new FuseDecoder()]),
            // Added tokens are plain text in the file; the decoder of bytes expects the byte alphabet.
            DecodedTexts = recipe.SpellsBytes
                ? added.ToDictionary(t => t.Id, t => ByteAlphabet.Encode(Encoding.UTF8.GetBytes(t.Content)))
                : new Dictionary<int, string>(),
            InvalidText = InvalidText.ReplacedByteByByte,
            BeginOfTextId = begin,
            EndOfTextId = end,
            AddsBeginOfText = addsBegin,
        };
    }

    private static BpeModel ReadModel(GgufVocabulary source, GgufTokens tokens, GgufPatterns.Recipe recipe)
    {
        // Symbols are raw bytes, or characters where the vocabulary is spelled plainly. What merges name need not be a
        // token: such a symbol gets an id behind the vocabulary.
        var bytes = recipe.SpellsBytes;
        var entries = new List<KeyValuePair<byte[], int>>(tokens.Entries.Count);
        foreach (var (text, id) in tokens.Entries)
        {
            if (Symbol(text, bytes) is { } symbol)
            {
                entries.Add(KeyValuePair.Create(symbol, id));
            }
        }

        var table = TokenTable.Build(entries);
        var symbols = new HiddenSymbols(table, source.Tokens.Count);
        var merges = source.Merges ?? [];
        var tables = new BpeTables(bytes, merges.Count);
        for (var rank = 0; rank < merges.Count; rank++)
        {
            var merge = merges[rank];
            var space = merge.Length > 1 ? merge.AsSpan(1).IndexOf((byte)' ') + 1 : 0;
            if (space <= 0 || space == merge.Length - 1)
            {
                throw new InputException(
                    $"{source.File}: 'tokenizer.ggml.merges' has '{Encoding.UTF8.GetString(merge)}' at {rank}; two symbols with a space between them are expected.");
            }

            if (Symbol(merge[..space], bytes) is { } left && Symbol(merge[(space + 1)..], bytes) is { } right)
            {
                byte[] joined = [.. left, .. right];
                tables.Add(symbols.Of(left), left, symbols.Of(right), right, rank, symbols.Of(joined), keepFirst: true);
            }
        }

        var fallback = BpeReader.ByteTokens(tokens.Table);
        return new BpeModel(
            symbols.Count == 0 ? table : TokenTable.Build([.. entries, .. symbols.Entries]),
            tables.Merges,
            tables.Neighbours,
            new BpeSettings
            {
                SymbolsAreBytes = bytes,
                IgnoreMerges = recipe.IgnoresMerges,
                ByteTokens = bytes ? null : fallback,
                HiddenSymbols = [.. symbols.Expand(b => bytes ? PrintableToken(tokens, b) : fallback[b]), []],
                VoidSymbol = source.Tokens.Count + symbols.Count,
                FirstHiddenSymbol = source.Tokens.Count,
                WholeLineFeeds = recipe.LineFeedsAreWords,
            });
    }

    private static byte[]? Symbol(byte[] text, bool spelled) =>
        !System.Text.Unicode.Utf8.IsValid(text) ? null : spelled ? ByteAlphabet.TryDecode(text) : text;

    // A symbol without a token comes out byte by byte of its spelling, where only ASCII has tokens of one byte.
    private static int PrintableToken(GgufTokens tokens, byte b)
    {
        var spelled = ByteAlphabet.CodePoint(b);
        return spelled < 0x80 ? tokens.Table.Find([(byte)spelled]) : -1;
    }
}
