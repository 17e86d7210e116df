using System.Text;
using System.Text.Json;
using Colibri.Files;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// The vocabulary of a tokenizer.json in GGUF's terms: byte-level BPE becomes "gpt2", BPE with byte tokens becomes
/// "llama" (SentencePiece), whose scores say what the order of the merges says.
/// </summary>
internal static class HuggingFaceVocabulary
{
    private const int UnknownType = 2;
    private const int ControlType = 3;
    private const int UserType = 4;
    private const int ByteType = 6;
    private const int MostTokens = 1 << 24;

    /// <summary>Reads a folder's tokenizer.json.</summary>
    /// <exception cref="InputException">It is missing, faulty, or of a kind GGUF has no counterpart for.</exception>
    public static SyntheticVocabulary Read(HuggingFaceSource source)
    {
        var file = source.TokenizerJsonPath ?? throw new InputException($"{source.Path}: has no tokenizer.json; name a model that has one.");
        var root = JsonSettings.Load(file).Element;
        try
        {
            return Read(root, source, file);
        }
        catch (Exception fault) when (fault is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InputException($"{file}: is not a tokenizer of the kind 'tokenizers' writes: {fault.Message}", fault);
        }
    }

    private static SyntheticVocabulary Read(JsonElement root, HuggingFaceSource source, string file)
    {
        var model = root.GetProperty("model");
        var kind = Text(model, "type");
        if (kind != "BPE")
        {
            throw new InputException($"{file}: is a tokenizer of the kind '{kind}'; BPE is expected. Take the tokenizer from a GGUF file.");
        }

        var hasBytes = model.TryGetProperty("byte_fallback", out var fallback) && fallback.ValueKind == JsonValueKind.True;
        var ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(t => t.Name, t => t.Value.GetInt32(), StringComparer.Ordinal);
        var added = root.TryGetProperty("added_tokens", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(t => (Id: t.GetProperty("id").GetInt32(), Text: t.GetProperty("content").GetString()!, Special: t.GetProperty("special").GetBoolean())).ToArray()
            : [];
        var all = ids.Values.Concat(added.Select(t => t.Id)).ToList();
        if (all.Count == 0 || all.Min() < 0 || all.Max() >= MostTokens || all.Max() >= 2L * all.Count + 1024)
        {
            throw new InputException($"{file}: has token ids that are negative or far apart; ids from 0 up are expected.");
        }

        var size = all.Max() + 1;
        var tokens = Enumerable.Range(0, size).Select(SyntheticVocabulary.Unused).ToArray();
        var types = Enumerable.Repeat(SyntheticVocabulary.UnusedType, size).ToArray();
        foreach (var (text, id) in ids)
        {
            tokens[id] = Encoding.UTF8.GetBytes(text);
            types[id] = hasBytes && IsByte(text) ? ByteType : SyntheticVocabulary.NormalType;
        }

        var unknown = Text(model, "unk_token");
        foreach (var (id, text, special) in added)
        {
            tokens[id] = Encoding.UTF8.GetBytes(text);
            types[id] = text == unknown ? UnknownType : special ? ControlType : UserType;
        }

        var merges = model.GetProperty("merges").EnumerateArray().Select(MergeText).ToArray();
        return new SyntheticVocabulary
        {
            Tokens = tokens,
            Types = types,
            Scores = hasBytes ? Scores(ids, merges, size) : null,
            Merges = hasBytes ? null : [.. merges.Select(m => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(m))],
            Values = Values(root, source, hasBytes, file),
        };
    }

    private static List<KeyValuePair<string, object>> Values(JsonElement root, HuggingFaceSource source, bool hasBytes, string file)
    {
        var values = new List<KeyValuePair<string, object>>();
        void Add(string key, object? value)
        {
            if (value is not null)
            {
                values.Add(new($"tokenizer.ggml.{key}", value));
            }
        }

        Add("model", hasBytes ? "llama" : "gpt2");
        Add("pre", hasBytes ? "default" : PreTokenizer(root, file));
        Add("bos_token_id", source.Settings.Has("bos_token_id") ? (uint?)source.Settings.Integer("bos_token_id") : null);
        Add("eos_token_id", source.EndOfTextIds.Count > 0 ? (uint)source.EndOfTextIds[0] : null);
        Add("add_bos_token", AddsBeginOfText(root));
        Add("add_eos_token", false);
        if (source.ChatTemplate is { } template)
        {
            values.Add(new("tokenizer.chat_template", template));
        }

        return values;
    }

    /// <summary>GGUF names how a text is cut before merging; the names are llama.cpp's.</summary>
    private static string PreTokenizer(JsonElement root, string file)
    {
        var text = root.TryGetProperty("pre_tokenizer", out var pre) ? pre.GetRawText() : "";
        if (text.Contains(@"\\p{N}{1,3}", StringComparison.Ordinal))
        {
            return "llama-bpe";
        }

        if (text.Contains(@"|\\p{N}|", StringComparison.Ordinal))
        {
            return "qwen2";
        }

        return text.Contains("\"ByteLevel\"", StringComparison.Ordinal) && !text.Contains("\"Split\"", StringComparison.Ordinal)
            ? "gpt-2"
            : throw new InputException($"{file}: cuts text in a way that has no known name in GGUF. Take the tokenizer from a GGUF file.");
    }

    /// <summary>Whether the template around a single text begins with a special token.</summary>
    private static bool AddsBeginOfText(JsonElement root)
    {
        if (!root.TryGetProperty("post_processor", out var post) || post.ValueKind != JsonValueKind.Object)
        {
            return false;
        }

        var steps = post.TryGetProperty("processors", out var several) && several.ValueKind == JsonValueKind.Array ? several.EnumerateArray().ToArray() : [post];
        return steps.Any(step => step.TryGetProperty("single", out var single) && single.ValueKind == JsonValueKind.Array
            && single.GetArrayLength() > 0 && single[0].TryGetProperty("SpecialToken", out _));
    }

    /// <summary>SentencePiece joins the pair with the best score first; an earlier merge scores better.</summary>
    private static float[] Scores(Dictionary<string, int> ids, string[] merges, int size)
    {
        var scores = new float[size];
        for (var rank = merges.Length - 1; rank >= 0; rank--)
        {
            if (ids.TryGetValue(merges[rank].Remove(merges[rank].IndexOf(' ', StringComparison.Ordinal), 1), out var id))
            {
                scores[id] = -rank - 1;
            }
        }

        return scores;
    }

    private static string MergeText(JsonElement merge)
    {
        var text = merge.ValueKind == JsonValueKind.Array ? $"{merge[0].GetString()} {merge[1].GetString()}" : merge.GetString() ?? "";
        return text.Contains(' ', StringComparison.Ordinal) ? text : throw new FormatException($"the merge '{text}' is no pair");
    }

    private static bool IsByte(string token) =>
        token is ['<', '0', 'x', var high, var low, '>'] && char.IsAsciiHexDigit(high) && char.IsAsciiHexDigit(low);

    private static string Text(JsonElement element, string key) =>
        element.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
