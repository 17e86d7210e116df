using System.Text;
using Colibri.Text.AddedTokens;
using Colibri.Text.Decoders;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.TokenModels;
using Decoder = Colibri.Text.Decoders.Decoder;

namespace Colibri.Text.Files;

/// <summary>Puts a tokenizer together from a SentencePiece model file, so that it gives the ids SentencePiece gives.</summary>
internal static class SentencePieceTokenizer
{
    private const float UnknownPenalty = 10;

    /// <summary>Reads a file's bytes.</summary>
    /// <param name="data">The bytes.</param>
    /// <param name="file">The file's name, for errors.</param>
    /// <exception cref="InputException">The file is faulty.</exception>
    public static TokenizerParts Read(ReadOnlySpan<byte> data, string file) => Read(SentencePieceProto.Parse(data, file));

    /// <summary>Puts the parts together.</summary>
    public static TokenizerParts Read(SentencePieceProto proto)
    {
        var file = proto.File;
        var all = proto.Pieces.Select((p, id) => KeyValuePair.Create(p.Text, id)).ToList();
        var table = TokenTable.Build(all);
        if (table.Count < all.Count)
        {
            var twice = all.First(e => table.Find(e.Key) != e.Value);
            throw new InputException($"{file}: the piece '{Encoding.UTF8.GetString(twice.Key)}' comes at {twice.Value} and at {table.Find(twice.Key)}; each is expected once.");
        }

        var unknown = proto.Pieces.FindIndex(p => p.Type == GgufTokenType.Unknown);
        if (unknown < 0)
        {
            throw new InputException($"{file}: no piece is of the type 'unknown'; one is expected.");
        }

        var choosable = all.Where(e => proto.Pieces[e.Value].Type is GgufTokenType.Normal or GgufTokenType.UserDefined or GgufTokenType.Unused).ToList();
        var userDefined = all.Where(e => proto.Pieces[e.Value].Type == GgufTokenType.UserDefined).ToList();
        var symbols = userDefined.Count == 0 ? null : new TokenTrie(userDefined);
        var bytes = proto.ByteFallback ? BpeReader.ByteTokens(table) : Enumerable.Repeat(-1, 256).ToArray();
        var begin = VocabularyReader.Find(table, proto.BeginOfText);
        var end = VocabularyReader.Find(table, proto.EndOfText);
        Decoder[] decoders = [new ReplaceDecoder("\u2581", " "), new ByteFallbackDecoder(runsMustBeWhole: false), new FuseDecoder()];
        return new TokenizerParts
        {
            Vocabulary = new TokenTexts(all),
            Model = proto.IsBpe ? Bpe(proto, choosable, symbols, bytes, unknown) : Unigram(proto, choosable, table, bytes, unknown),
            AddedTokens = all.Where(e => proto.Pieces[e.Value].Type is GgufTokenType.Control or GgufTokenType.Unknown)
                .Select(e => new AddedToken { Id = e.Value, Content = Encoding.UTF8.GetString(e.Key), Special = true }).ToList(),
            Normalizer = new SentencePieceNormalizer
            {
                Map = proto.Rules.Length == 0 ? null : new CharacterMap(proto.Rules, $"{file}: 'precompiled_charsmap'"),
                Symbols = symbols,
                AddsDummyPrefix = proto.AddsDummyPrefix,
                RemovesExtraSpaces = proto.RemovesExtraSpaces,
                EscapesSpaces = proto.EscapesSpaces,
                SpaceIsSuffix = proto.SpaceIsSuffix,
            },
            // The file does not say what goes around a text. Byte-pair models (Llama and its kin) want a beginning,
            // unigram models (T5 and its kin) an end.
            PostProcessor = GgufTokenizer.Around(proto.IsBpe && begin >= 0 ? begin : null, !proto.IsBpe && end >= 0 ? end : null),
            Decoder = new SequenceDecoder(
                !proto.AddsDummyPrefix ? decoders
                : proto.SpaceIsSuffix ? [.. decoders, new StripDecoder(new Rune(' '), 0, 1)]
                : [.. decoders, new StripDecoder(new Rune(' '), 1, 0)]),
            InvalidText = InvalidText.Kept,
            BeginOfTextId = begin < 0 ? null : begin,
            EndOfTextId = end < 0 ? null : end,
            AddsBeginOfText = proto.IsBpe && begin >= 0,
        };
    }

    private static ScoredBpeModel Bpe(SentencePieceProto proto, List<KeyValuePair<byte[], int>> choosable, TokenTrie? symbols, int[] bytes, int unknown) =>
        new(choosable, proto.Pieces.Select(p => p.Score).ToArray(), new ScoredBpeSettings
        {
            ByteTokens = bytes,
            UnknownId = unknown,
            UserDefined = symbols,
            Frozen = symbols is null ? null : proto.Pieces.Select(p => p.Type == GgufTokenType.UserDefined).ToArray(),
            Unused = proto.Pieces.Any(p => p.Type == GgufTokenType.Unused) ? proto.Pieces.Select(p => p.Type == GgufTokenType.Unused).ToArray() : null,
        });

    private static UnigramModel Unigram(SentencePieceProto proto, List<KeyValuePair<byte[], int>> choosable, TokenTable table, int[] bytes, int unknown)
    {
        var normal = proto.Pieces.Where(p => p.Type == GgufTokenType.Normal).Select(p => p.Score).DefaultIfEmpty(0).ToArray();
        var highest = normal.Max();
        return new UnigramModel(
            new TokenTrie(choosable.Where(e => proto.Pieces[e.Value].Type != GgufTokenType.Unused)),
            table,
            new UnigramSettings
            {
                // A user-defined symbol beats whatever else its characters could make.
                Scores = proto.Pieces.Select(p => (double)(p.Type == GgufTokenType.UserDefined ? (float)((p.Text.Length * highest) - 0.1) : p.Score)).ToArray(),
                UnknownId = unknown,
                UnknownScore = normal.Min() - UnknownPenalty,
                ByteTokens = proto.ByteFallback ? bytes : null,
                SinglePrecision = true,
            });
    }
}
