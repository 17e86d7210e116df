using System.Text;
using System.Text.Json;

namespace Colibri.Text.Files;

/// <summary>What a folder's tokenizer file says that a tokenizer built from it no longer tells: merges, scores, kinds of tokens.</summary>
internal sealed class GgufRawVocabulary
{
    private IReadOnlyList<GgufTokenType> _pieceTypes = [];

    private GgufRawVocabulary(string file) => File = file;

    /// <summary>The file, for errors.</summary>
    public string File { get; }

    /// <summary>Tokens of the model itself, added ones left out.</summary>
    public int Count { get; private init; }

    /// <summary>Whether scores order the merges (BPE with byte tokens), not a list.</summary>
    public bool HasScores { get; private init; }

    /// <summary>Pairs in the order in which they are joined.</summary>
    public IReadOnlyList<(string Left, string Right)> Merges { get; private init; } = [];

    /// <summary>Ids by text, where merges order a vocabulary with byte tokens.</summary>
    public IReadOnlyDictionary<string, int>? Ids { get; private init; }

    /// <summary>A score for each token, where the file has them.</summary>
    public float[]? PieceScores { get; private init; }

    /// <summary>The unknown token's text, or null.</summary>
    public string? UnknownToken { get; private init; }

    /// <summary>The name of the way text is cut that is tried first.</summary>
    public string LikelyPattern { get; private init; } = "gpt-2";

    /// <summary>What kind of token the file says this is.</summary>
    public GgufTokenType TypeOf(int id, ReadOnlySpan<byte> text) =>
        id < _pieceTypes.Count ? _pieceTypes[id]
        : HasScores && IsByte(text) ? GgufTokenType.Byte
        : GgufTokenType.Normal;

    /// <summary>Reads the file that the folder's tokenizer is read from.</summary>
    /// <exception cref="InputException">It is of a kind that GGUF has no counterpart for.</exception>
    public static GgufRawVocabulary Read(string folder)
    {
        var path = TokenizerFolder.Find(folder) ?? throw new InputException($"{folder}: no tokenizer in it; {TokenizerFolder.Expected} is expected.");
        return Path.GetFileName(path) switch
        {
            "tokenizer.json" => FromJson(path),
            "vocab.json" => FromMerges(path, Path.Combine(folder, "merges.txt")),
            _ when path.EndsWith(".model", StringComparison.Ordinal) && !TiktokenFolder.LooksLike(TokenizerFile.Read(path)) => FromSentencePiece(path),
            _ => throw Unknown(path, "has a tokenizer of a kind"),
        };
    }

    private static GgufRawVocabulary FromJson(string path)
    {
        var root = JsonField.Parse(TokenizerFile.Read(path), path);
        var model = root.Object("model");
        if (model.TextOrNull("type") is { } type && type != "BPE")
        {
            throw Unknown(path, $"has a tokenizer of the kind '{type}'");
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var list = model.Object("vocab");
        foreach (var member in list.Members())
        {
            var text = Encoding.UTF8.GetString(list.NameOf(member));
            ids[text] = list.Within(member.Value, text).AsInteger(0, int.MaxValue - 1);
        }

        var bytes = model.Flag("byte_fallback", false);
        return new GgufRawVocabulary(path)
        {
            Count = ids.Count,
            Ids = ids,
            HasScores = bytes,
            UnknownToken = model.TextOrNull("unk_token"),
            Merges = ReadMerges(model.Get("merges", "a list")),
            LikelyPattern = root.TryGet("pre_tokenizer", out var cut) ? Likely(cut) : "gpt-2",
        };
    }

    private static GgufRawVocabulary FromMerges(string vocabularyPath, string mergesPath)
    {
        var merges = MergesFolder.ReadMerges(mergesPath);
        return new GgufRawVocabulary(vocabularyPath)
        {
            Count = JsonField.Parse(TokenizerFile.Read(vocabularyPath), vocabularyPath).Members().Count(),
            Merges = merges,
        };
    }

    private static GgufRawVocabulary FromSentencePiece(string path)
    {
        var proto = SentencePieceProto.Parse(TokenizerFile.Read(path), path);
        return proto.IsBpe
            ? new GgufRawVocabulary(path)
            {
                Count = proto.Pieces.Count,
                HasScores = true,
                PieceScores = [.. proto.Pieces.Select(p => p.Score)],
                _pieceTypes = [.. proto.Pieces.Select(p => p.Type)],
            }
            : throw Unknown(path, "has a tokenizer of the kind 'Unigram'");
    }

    private static List<(string Left, string Right)> ReadMerges(JsonField merges)
    {
        var list = new List<(string, string)>();
        foreach (var merge in merges.Items())
        {
            var parts = merge.Kind == JsonValueKind.Array ? [.. merge.Items().Select(i => i.AsText())] : Split(merge.AsText());
            if (parts.Length == 2)
            {
                list.Add((parts[0], parts[1]));
            }
            else if (!merge.AsText().StartsWith("#version", StringComparison.Ordinal))
            {
                merge.Throw("is no pair; two tokens with one space between them are expected.");
            }
        }

        return list;

        // Symbols may begin with a space where it is not spelled.
        static string[] Split(string text) => text.Length > 2 && text.IndexOf(' ', 1) is > 0 and var space ? [text[..space], text[(space + 1)..]] : [text];
    }

    private static string Likely(JsonField cut)
    {
        var text = cut.Raw;
        return text.Contains(@"\\p{N}{1,3}", StringComparison.Ordinal) ? "llama-bpe"
            : text.Contains(@"|\\p{N}|", StringComparison.Ordinal) ? "qwen2"
            : text.Contains("\"Digits\"", StringComparison.Ordinal) ? "starcoder"
            : "gpt-2";
    }

    private static bool IsByte(ReadOnlySpan<byte> token) =>
        token is [(byte)'<', (byte)'0', (byte)'x', var high, var low, (byte)'>'] && char.IsAsciiHexDigit((char)high) && char.IsAsciiHexDigit((char)low);

    private static InputException Unknown(string path, string what) =>
        new($"{path}: {what} that cannot be written to GGUF; byte-pair encoding is expected (tokenizer.json, vocab.json with merges.txt, or tokenizer.model).");
}
