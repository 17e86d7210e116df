using System.Text;
using System.Text.Json.Nodes;
using Colibri.Text;
using Colibri.Text.Files;

namespace Colibri.Tests.Text;

/// <summary>Small tokenizer.json texts for tests, put together from parts.</summary>
internal static class TokenizerJsonBuilder
{
    /// <summary>A byte-level BPE with a few merges, a special token before each text, and one looked for in the text.</summary>
    public static JsonObject ByteLevel()
    {
        var vocab = new JsonObject();
        for (var b = 0; b < 256; b++)
        {
            vocab[Colibri.Text.Unicode.ByteAlphabet.Encode([(byte)b])] = b;
        }

        foreach (var token in (string[])["he", "ll", "hell", "hello", "Ġw", "or", "Ġwor", "ld", "Ġworld"])
        {
            vocab[token] = vocab.Count;
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = new JsonObject { ["direction"] = "Right", ["max_length"] = 8, ["strategy"] = "LongestFirst", ["stride"] = 1 },
            ["padding"] = new JsonObject
            {
                ["strategy"] = "BatchLongest",
                ["direction"] = "Right",
                ["pad_to_multiple_of"] = null,
                ["pad_id"] = 0,
                ["pad_type_id"] = 0,
                ["pad_token"] = "!",
            },
            ["added_tokens"] = new JsonArray(Added(265, "<s>", special: true), Added(266, "<mark>", special: false)),
            ["normalizer"] = Parse("""{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":"\t"},"content":" "}]}"""),
            ["pre_tokenizer"] = Parse("""{"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]}"""),
            ["post_processor"] = Parse("""{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"pair":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],"special_tokens":{"<s>":{"id":"<s>","ids":[265],"tokens":["<s>"]}}}"""),
            ["decoder"] = Parse("""{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}"""),
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["dropout"] = null,
                ["unk_token"] = null,
                ["continuing_subword_prefix"] = null,
                ["end_of_word_suffix"] = null,
                ["fuse_unk"] = false,
                ["byte_fallback"] = false,
                ["ignore_merges"] = false,
                ["vocab"] = vocab,
                ["merges"] = new JsonArray("h e", "l l", "he ll", "hell o", "Ġ w", "o r", "Ġw or", "l d", "Ġwor ld"),
            },
        };
    }

    /// <summary>A tokenizer whose words are numbered: what is not in the vocabulary is 0.</summary>
    public static JsonObject WordLevel(params string[] words)
    {
        var vocab = new JsonObject { ["[UNK]"] = 0 };
        foreach (var word in words)
        {
            vocab[word] = vocab.Count;
        }

        return new JsonObject
        {
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = null,
            ["model"] = new JsonObject { ["type"] = "WordLevel", ["vocab"] = vocab, ["unk_token"] = "[UNK]" },
        };
    }

    public static JsonObject Added(int id, string content, bool special, bool lstrip = false, bool rstrip = false, bool singleWord = false, bool normalized = false) => new()
    {
        ["id"] = id,
        ["content"] = content,
        ["single_word"] = singleWord,
        ["lstrip"] = lstrip,
        ["rstrip"] = rstrip,
        ["normalized"] = normalized,
        ["special"] = special,
    };

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    public static Tokenizer Load(JsonObject json) => Load(Encoding.UTF8.GetBytes(json.ToJsonString()));

    public static Tokenizer Load(byte[] json) => new PipelineTokenizer(TokenizerJson.Read(json, "tokenizer.json", config: null));
}
