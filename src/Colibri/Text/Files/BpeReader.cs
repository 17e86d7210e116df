using System.Text;
using System.Text.Json;
using Colibri.Text.TokenModels;
using Colibri.Text.Unicode;

namespace Colibri.Text.Files;

/// <summary>Reads a BPE model of tokenizer.json.</summary>
internal static class BpeReader
{
    /// <summary>Reads the model.</summary>
    /// <param name="model">The field 'model'.</param>
    /// <param name="entries">Its vocabulary.</param>
    /// <param name="bytesArrive">
    /// Whether the pre-tokenizer can leave out spelling bytes as characters: the tables are then built over raw bytes, if
    /// the vocabulary allows.
    /// </param>
    /// <param name="symbolsAreBytes">Whether they were.</param>
    public static BpeModel Read(JsonField model, List<KeyValuePair<byte[], int>> entries, bool bytesArrive, out bool symbolsAreBytes)
    {
        var spelled = TokenTable.Build(entries);
        var prefix = Encoding.UTF8.GetBytes(model.TextOrNull("continuing_subword_prefix") ?? "");
        var suffix = Encoding.UTF8.GetBytes(model.TextOrNull("end_of_word_suffix") ?? "");
        var byteFallback = model.Flag("byte_fallback", false);
        var unknown = model.TextOrNull("unk_token");
        var unknownId = unknown is null ? -1 : VocabularyReader.Find(spelled, unknown);
        if (model.TryGet("dropout", out var dropout) && dropout.AsNumber() is < 0 or > 1)
        {
            throw dropout.Wrong("a number from 0 to 1");
        }

        // Over raw bytes there is no unknown character if every byte has a token; else only dropping is the same.
        symbolsAreBytes = bytesArrive && !byteFallback && prefix.Length == 0 && suffix.Length == 0
            && (unknown is null || HasAllBytes(spelled));
        var merges = ReadMerges(model, spelled, prefix, symbolsAreBytes, out var involvesFallback, unknownId);
        return new BpeModel(
            symbolsAreBytes ? TokenTable.Build(ToBytes(entries)) : spelled,
            merges.Merges,
            involvesFallback ? null : merges.Neighbours,
            new BpeSettings
            {
                SymbolsAreBytes = symbolsAreBytes,
                IgnoreMerges = model.Flag("ignore_merges", false),
                FuseUnknown = model.Flag("fuse_unk", false),
                UnknownId = unknownId < 0 ? null : unknownId,
                MissingUnknownToken = unknownId < 0 ? unknown : null,
                ByteTokens = byteFallback ? ByteTokens(spelled) : null,
                ContinuationPrefix = prefix,
                WordSuffix = suffix,
            });
    }

    /// <summary>The tokens of the 256 bytes by their spelling &lt;0x00&gt; to &lt;0xFF&gt;, -1 for those missing.</summary>
    public static int[] ByteTokens(TokenTable table)
    {
        var tokens = new int[256];
        for (var b = 0; b < 256; b++)
        {
            tokens[b] = VocabularyReader.Find(table, $"<0x{b:X2}>");
        }

        return tokens;
    }

    private static BpeTables ReadMerges(JsonField model, TokenTable spelled, byte[] prefix, bool symbolsAreBytes, out bool involvesFallback, int unknownId)
    {
        var merges = model.Get("merges", "a list");
        var tables = new BpeTables(symbolsAreBytes, merges.Kind == JsonValueKind.Array ? merges.Count : 0);
        involvesFallback = false;
        var rank = 0;
        if (merges.Kind == JsonValueKind.Object && !merges.Members().Any())
        {
            return tables;
        }

        foreach (var merge in merges.Elements())
        {
            if (!TrySplit(merges, merge, rank, out var left, out var right))
            {
                continue;
            }

            var leftId = Look(merges, merge, rank, spelled, left);
            var rightId = Look(merges, merge, rank, spelled, right);
            if (right.Length < prefix.Length)
            {
                merges.Within(merge, $"[{rank}]").Throw("is shorter than 'continuing_subword_prefix'; a token that continues a word is expected.");
            }

            byte[] joined = [.. left, .. right.AsSpan(prefix.Length)];
            var joinedId = Look(merges, merge, rank, spelled, joined);
            involvesFallback |= IsFallback(left) || IsFallback(right) || leftId == unknownId || rightId == unknownId;
            if (!symbolsAreBytes)
            {
                tables.Add(leftId, left, rightId, right, rank, joinedId, keepFirst: false);
            }
            else if (ByteAlphabet.TryDecode(left) is { } leftBytes && ByteAlphabet.TryDecode(right) is { } rightBytes)
            {
                tables.Add(leftId, leftBytes, rightId, rightBytes, rank, joinedId, keepFirst: false);
            }

            rank++;
        }

        return tables;
    }

    private static bool TrySplit(JsonField merges, JsonElement merge, int rank, out byte[] left, out byte[] right)
    {
        left = right = [];
        var field = merges.Within(merge, $"[{rank}]");
        if (merge.ValueKind == JsonValueKind.String)
        {
            var text = field.AsUtf8();
            if (text.AsSpan().StartsWith("#version"u8))
            {
                return false;
            }

            var space = text.AsSpan().IndexOf((byte)' ');
            if (space < 0 || text.AsSpan(space + 1).Contains((byte)' '))
            {
                throw field.Wrong("two tokens with one space between them");
            }

            left = text[..space];
            right = text[(space + 1)..];
            return true;
        }

        if (merge.ValueKind != JsonValueKind.Array || merge.GetArrayLength() != 2)
        {
            throw field.Wrong("two tokens");
        }

        left = field.Within(merge[0], "[0]").AsUtf8();
        right = field.Within(merge[1], "[1]").AsUtf8();
        return true;
    }

    private static int Look(JsonField merges, JsonElement merge, int rank, TokenTable spelled, byte[] token)
    {
        var id = spelled.Find(token);
        if (id < 0)
        {
            merges.Within(merge, $"[{rank}]").Throw($"needs the token '{Encoding.UTF8.GetString(token)}', which is not in 'model.vocab'.");
        }

        return id;
    }

    private static bool IsFallback(byte[] token) => token.Length == 6 && token.AsSpan().StartsWith("<0x"u8) && token[5] == '>';

    private static bool HasAllBytes(TokenTable spelled)
    {
        Span<byte> encoded = stackalloc byte[2];
        for (var b = 0; b < 256; b++)
        {
            var size = Utf8Text.Write(ByteAlphabet.CodePoint((byte)b), encoded);
            if (spelled.Find(encoded[..size]) < 0)
            {
                return false;
            }
        }

        return true;
    }

    // Tokens with characters outside the byte alphabet can never come out of spelled text, so they need no entry.
    private static List<KeyValuePair<byte[], int>> ToBytes(List<KeyValuePair<byte[], int>> entries)
    {
        var result = new List<KeyValuePair<byte[], int>>(entries.Count);
        foreach (var (text, id) in entries)
        {
            if (ByteAlphabet.TryDecode(text) is { } bytes)
            {
                result.Add(KeyValuePair.Create(bytes, id));
            }
        }

        return result;
    }
}
