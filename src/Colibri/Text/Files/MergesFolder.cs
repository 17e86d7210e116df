using System.Text;
using System.Text.Json;

namespace Colibri.Text.Files;

/// <summary>
/// A byte-pair tokenizer as vocab.json and merges.txt (GPT-2, RoBERTa, CLIP, Qwen 2, the first GPT): written out as the
/// tokenizer.json that transformers makes of them (convert_slow_tokenizer.py), and read as one.
/// </summary>
internal static class MergesFolder
{
    // CLIP's tokenizer takes so many lines of its merges.txt and leaves the rest.
    private const int MergesOfClip = 49152 - 256 - 2;

    private const string ClipPattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    /// <summary>Reads the tokenizer.</summary>
    /// <param name="vocabularyPath">vocab.json.</param>
    /// <param name="mergesPath">merges.txt.</param>
    /// <param name="config">What lies beside them.</param>
    /// <exception cref="InputException">A file is faulty.</exception>
    public static TokenizerParts Read(string vocabularyPath, string mergesPath, TokenizerConfig config)
    {
        var vocabulary = TokenizerFile.Read(vocabularyPath);
        var root = JsonField.Parse(vocabulary, vocabularyPath);
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var member in root.Members())
        {
            var text = Encoding.UTF8.GetString(root.NameOf(member));
            ids[text] = root.Within(member.Value, text).AsInteger(0, int.MaxValue - 1);
        }

        var kind = Kind(config, ids);
        var merges = ReadMerges(mergesPath, kind == "clip" ? MergesOfClip : int.MaxValue);
        Check(mergesPath, merges, ids);
        Defaults(config, kind, ids);
        var tokens = FolderTokens.Number(config, text => ids.GetValueOrDefault(text, -1), ids.Count == 0 ? 0 : ids.Values.Max() + 1);
        return FolderJson.Read(vocabularyPath, config, tokens, json =>
        {
            WriteStages(json, kind, config, text => tokens.Find(t => t.Content == text)?.Id ?? ids.GetValueOrDefault(text, -1));
            json.WriteStartObject("model");
            json.WriteString("type", "BPE");
            if (kind is "clip" or "gpt" && config.Role("unk_token") is { } unknown)
            {
                json.WriteString("unk_token", unknown);
            }

            json.WriteString("end_of_word_suffix", kind is "clip" or "gpt" ? "</w>" : "");
            json.WritePropertyName("vocab");
            json.WriteRawValue(vocabulary.AsSpan().StartsWith("\uFEFF"u8) ? vocabulary.AsSpan(3) : vocabulary, skipInputValidation: true);
            json.WriteStartArray("merges");
            foreach (var (left, right) in merges)
            {
                json.WriteStartArray();
                json.WriteStringValue(left);
                json.WriteStringValue(right);
                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static string Kind(TokenizerConfig config, Dictionary<string, int> ids) =>
        config.Is("CLIP", "CLIPTextModel") ? "clip"
        : config.Is("OpenAIGPT", "GPT") ? "gpt"
        : config.Is("Roberta", "Bart", "Longformer", "LED", "XLMRobertaXL", "Blenderbot", "Mvp") ? "roberta"
        : config.Is("Qwen2", "Qwen3", "Qwen2Moe", "Qwen3Moe") ? "qwen2"
        : config.Is("GPT2", "GPTNeo", "OPT", "Whisper", "CodeGen") ? "bytes"
        : ids.ContainsKey("<|startoftext|>") && ids.Keys.Any(t => t.EndsWith("</w>", StringComparison.Ordinal)) ? "clip"
        : ids.Keys.Any(t => t.EndsWith("</w>", StringComparison.Ordinal)) ? "gpt"
        : ids.GetValueOrDefault("<s>", -1) == 0 && ids.GetValueOrDefault("</s>", -1) == 2 && ids.ContainsKey("<mask>") ? "roberta"
        : config.Role("eos_token") is "<|endoftext|>" or "<|im_end|>" && ids.Count > 150_000 ? "qwen2"
        : "bytes";

    private static void Defaults(TokenizerConfig config, string kind, Dictionary<string, int> ids)
    {
        (string Role, string Text)[] tokens = kind switch
        {
            "clip" => [("bos_token", "<|startoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")],
            "gpt" => [("unk_token", "<unk>")],
            "roberta" => [("bos_token", "<s>"), ("eos_token", "</s>"), ("unk_token", "<unk>"), ("sep_token", "</s>"), ("pad_token", "<pad>"), ("cls_token", "<s>"), ("mask_token", "<mask>")],
            "qwen2" => [("eos_token", "<|endoftext|>"), ("pad_token", "<|endoftext|>")],
            _ => [("bos_token", "<|endoftext|>"), ("eos_token", "<|endoftext|>"), ("unk_token", "<|endoftext|>")],
        };
        foreach (var (role, text) in tokens)
        {
            // What a vocabulary lacks is not made up but where its kind cannot do without.
            if (ids.ContainsKey(text) || kind is "roberta" or "clip")
            {
                config.Default(role, text, stripsLeft: role == "mask_token");
            }
        }
    }

    /// <summary>The pairs of a merges.txt.</summary>
    /// <exception cref="InputException">The file is faulty.</exception>
    public static List<(string Left, string Right)> ReadMerges(string path, int most = int.MaxValue)
    {
        var bytes = TokenizerFile.Read(path);
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            throw new InputException($"{path}: not UTF-8; a text file with two tokens on each line is expected.");
        }

        var merges = new List<(string, string)>();
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(bytes).Split('\n'))
        {
            number++;
            var text = line.TrimEnd('\r');
            if (text.Length == 0 || text.StartsWith("#version", StringComparison.Ordinal) || (number == 1 && text.StartsWith('\uFEFF')))
            {
                continue;
            }

            var parts = text.Split(' ');
            if (parts.Length != 2 || parts[0].Length == 0 || parts[1].Length == 0)
            {
                throw new InputException($"{path}: line {number} is '{text}'; two tokens with one space between them are expected.");
            }

            if (merges.Count == most)
            {
                break;
            }

            merges.Add((parts[0], parts[1]));
        }

        return merges;
    }

    private static void Check(string path, List<(string Left, string Right)> merges, Dictionary<string, int> ids)
    {
        foreach (var (left, right) in merges)
        {
            foreach (var token in new[] { left, right, left + right })
            {
                if (!ids.ContainsKey(token))
                {
                    throw new InputException($"{path}: merges '{left}' and '{right}', but vocab.json has no token '{token}'. The files belong to different tokenizers.");
                }
            }
        }
    }

    private static void WriteStages(Utf8JsonWriter json, string kind, TokenizerConfig config, Func<string, int> id)
    {
        var prefix = config.Flag("add_prefix_space") ?? false;
        switch (kind)
        {
            case "clip":
                json.WritePropertyName("normalizer");
                json.WriteRawValue("""{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]}""");
                WriteSplit(json, ClipPattern, "Removed", invert: true);
                FolderJson.WriteAround(json, config.Role("bos_token"), config.Role("eos_token"), id, pairSeparators: 2, secondType: 0);
                break;
            case "gpt":
                json.WritePropertyName("normalizer");
                json.WriteRawValue("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""");
                json.WritePropertyName("pre_tokenizer");
                json.WriteRawValue("""{"type":"BertPreTokenizer"}""");
                json.WritePropertyName("decoder");
                json.WriteRawValue("""{"type":"BPEDecoder","suffix":"</w>"}""");
                return;
            case "qwen2":
                json.WritePropertyName("normalizer");
                json.WriteRawValue("""{"type":"NFC"}""");
                WriteSplit(json, TiktokenPatterns.Qwen, "Isolated", invert: false);
                break;
            default:
                WriteByteLevel(json, prefix, usesRegex: true);
                if (kind == "roberta")
                {
                    FolderJson.WriteRoberta(json, config.Role("cls_token"), config.Role("sep_token"), prefix, id);
                }
                else
                {
                    FolderJson.WriteAround(
                        json, config.Flag("add_bos_token") == true ? config.BeginOfText : null, config.Flag("add_eos_token") == true ? config.EndOfText : null, id, 1, 1);
                }

                break;
        }

        json.WritePropertyName("decoder");
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""");
    }

    private static void WriteByteLevel(Utf8JsonWriter json, bool prefix, bool usesRegex)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", prefix);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", usesRegex);
        json.WriteEndObject();
    }

    private static void WriteSplit(Utf8JsonWriter json, string pattern, string behaviour, bool invert)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", pattern);
        json.WriteEndObject();
        json.WriteString("behavior", behaviour);
        json.WriteBoolean("invert", invert);
        json.WriteEndObject();
        json.WriteRawValue("""{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""");
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
