using System.Text;

namespace Colibri.Text.Files;

/// <summary>
/// A word-piece tokenizer as vocab.txt, a token on each line (the BERT family): written out as the tokenizer.json that
/// transformers makes of it, and read as one.
/// </summary>
internal static class WordsFolder
{
    /// <summary>Reads the tokenizer.</summary>
    /// <param name="path">vocab.txt.</param>
    /// <param name="config">What lies beside it.</param>
    /// <exception cref="InputException">A file is faulty.</exception>
    public static TokenizerParts Read(string path, TokenizerConfig config)
    {
        var ids = ReadTokens(path);
        var angled = config.Is("MPNet") || (!ids.ContainsKey("[CLS]") && ids.ContainsKey("<s>"));
        (string Role, string Text)[] defaults = angled
            ? [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "[UNK]"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>")]
            : [("unk_token", "[UNK]"), ("sep_token", "[SEP]"), ("pad_token", "[PAD]"), ("cls_token", "[CLS]"), ("mask_token", "[MASK]")];
        foreach (var (role, text) in defaults)
        {
            config.Default(role, text, stripsLeft: angled && role == "mask_token");
        }

        var unknown = config.Role("unk_token")!;
        foreach (var token in new[] { unknown, config.Role("cls_token")!, config.Role("sep_token")! })
        {
            if (!ids.ContainsKey(token))
            {
                throw new InputException($"{path}: has no line '{token}'; a vocabulary of word pieces with its special tokens is expected.");
            }
        }

        var tokens = FolderTokens.Number(config, text => ids.GetValueOrDefault(text, -1), ids.Values.Max() + 1);
        return FolderJson.Read(path, config, tokens, json =>
        {
            json.WriteStartObject("normalizer");
            json.WriteString("type", "BertNormalizer");
            json.WriteBoolean("clean_text", true);
            json.WriteBoolean("handle_chinese_chars", config.Flag("tokenize_chinese_chars") ?? true);
            if (config.Flag("strip_accents") is { } strips)
            {
                json.WriteBoolean("strip_accents", strips);
            }

            json.WriteBoolean("lowercase", config.Flag("do_lower_case") ?? true);
            json.WriteEndObject();
            json.WritePropertyName("pre_tokenizer");
            json.WriteRawValue("""{"type":"BertPreTokenizer"}""");
            FolderJson.WriteAround(
                json, config.Role("cls_token"), config.Role("sep_token"), text => tokens.Find(t => t.Content == text)?.Id ?? -1, angled ? 2 : 1, secondType: 1);
            json.WritePropertyName("decoder");
            json.WriteRawValue("""{"type":"WordPiece","prefix":"##","cleanup":true}""");
            json.WriteStartObject("model");
            json.WriteString("type", "WordPiece");
            json.WriteString("unk_token", unknown);
            json.WriteString("continuing_subword_prefix", "##");
            json.WriteNumber("max_input_chars_per_word", 100);
            json.WriteStartObject("vocab");
            foreach (var (text, id) in ids)
            {
                json.WriteNumber(text, id);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    // A token's id is the number of its line; of equal lines the last counts.
    private static Dictionary<string, int> ReadTokens(string path)
    {
        var bytes = TokenizerFile.Read(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            throw new InputException($"{path}: not UTF-8; a text file with a token on each line is expected.");
        }

        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var id = 0;
        var lines = Encoding.UTF8.GetString(bytes.AsSpan().StartsWith("\uFEFF"u8) ? bytes.AsSpan(3) : bytes).Split('\n');
        foreach (var line in lines.AsSpan(0, lines[^1].Length == 0 ? lines.Length - 1 : lines.Length))
        {
            ids[line.TrimEnd('\r')] = id++;
        }

        return ids.Count > 0 ? ids : throw new InputException($"{path}: is empty; a token on each line is expected.");
    }
}
