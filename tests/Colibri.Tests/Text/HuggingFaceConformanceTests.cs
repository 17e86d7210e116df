using System.IO.Compression;
using System.Text.Json;
using Colibri.TestData;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text;

/// <summary>The ids and texts that Python's transformers gives, for every set at hand.</summary>
public class HuggingFaceConformanceTests
{
    [SkippableTheory]
    [InlineData("multilingual_bge_small", "all-MiniLM-L6-v2")]
    [InlineData("multilingual_gpt2", "gpt2")]
    [InlineData("multilingual_t5_small", "t5-small")]
    [InlineData("multilingual_tinyllama", "llama-2")]
    public void Encode_TextsInManyScripts_GivesTheReferencesIds(string file, string model)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require($"data/tokenizers/hf/expected/{file}.json")));
        var tokenizer = Load(model);
        var entries = expected.RootElement.GetProperty("entries").EnumerateArray().ToArray();
        Assert.Equal(83, entries.Length);
        foreach (var entry in entries)
        {
            var text = entry.GetProperty("text").GetString()!;
            var ids = Ids(entry.GetProperty("input_ids"));
            Assert.Equal(Show(entry, ids), Show(entry, tokenizer.Encode(text)));
            AssertDetailsAgree(tokenizer, text, ids);
            AssertStreamsAgree(tokenizer, ids);
        }
    }

    [SkippableTheory]
    [InlineData("gpt2_encoded_tokens", "gpt2", false)]
    [InlineData("bert_uncased_encoded", "all-MiniLM-L6-v2", true)]
    [InlineData("t5_base_encoded", "t5-small", true)]
    [InlineData("llama_encoded", "llama-2", true)]
    public void Encode_LongText_GivesTheReferencesTokens(string file, string model, bool special)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require($"data/tokenizers/hf/expected/{file}.json")));
        var tokenizer = Load(model);
        var text = expected.RootElement.GetProperty("text").GetString()!;
        var root = expected.RootElement;
        var ids = tokenizer.Encode(text, addSpecialTokens: special);
        var idField = root.TryGetProperty("token_ids", out var wanted) ? wanted : root.GetProperty("bpe_tokens");
        if (idField.EnumerateArray().First().ValueKind == JsonValueKind.Number)
        {
            Assert.Equal(Ids(idField), ids);
        }
        else
        {
            Assert.Equal(idField.EnumerateArray().Select(t => t.GetString()), ids.Select(tokenizer.TokenText));
        }

        AssertDetailsAgree(tokenizer, text, tokenizer.Encode(text));
        AssertStreamsAgree(tokenizer, ids);
    }

    [SkippableFact]
    public void Encode_QuestionsOfSquad_GivesBertsIds()
    {
        using var stream = new GZipStream(File.OpenRead(SharedData.Require("data/tokenizers/hf/expected/bert_uncased_squad_even.json.gz")), CompressionMode.Decompress);
        using var expected = JsonDocument.Parse(stream);
        var tokenizer = Load("all-MiniLM-L6-v2");
        var questions = expected.RootElement.EnumerateArray().ToArray();
        Assert.Equal(5285, questions.Length);
        var texts = questions.Select(q => q.GetProperty("text").GetString()!).ToArray();
        var ids = tokenizer.EncodeBatch(texts, addSpecialTokens: false);
        for (var i = 0; i < questions.Length; i++)
        {
            Assert.Equal(Ids(questions[i].GetProperty("ids")), ids[i]);
            Assert.Equal(questions[i].GetProperty("tokens").EnumerateArray().Select(t => t.GetString()), ids[i].Select(tokenizer.TokenText));
        }
    }

    [SkippableTheory]
    [InlineData("bert-base-uncased", "all-MiniLM-L6-v2", true)]
    [InlineData("distilgpt2", "gpt2", true)]
    [InlineData("coreml-projects/Llama-2-7b-chat-coreml", "llama-2", false)]
    [InlineData("t5-base", "t5-small", true)]
    public void EncodeAndDecode_CasesOfTransformersJs_GiveTheirIdsAndTexts(string name, string model, bool cleansUp)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data/tokenizers/hf/expected/tokenizer_tests.json")));
        var tokenizer = Load(model);
        var cases = expected.RootElement.GetProperty(name).EnumerateArray().ToArray();
        Assert.Equal(18, cases.Length);
        foreach (var entry in cases)
        {
            var text = entry.GetProperty("input").GetString()!;
            var ids = Ids(entry.GetProperty("encoded").GetProperty("input_ids"));
            Assert.Equal(Show(entry, ids), Show(entry, tokenizer.Encode(text)));
            Assert.Equal(entry.GetProperty("decoded_with_special").GetString(), tokenizer.Decode(ids, skipSpecialTokens: false, cleansUp));
            Assert.Equal(entry.GetProperty("decoded_without_special").GetString(), tokenizer.Decode(ids, skipSpecialTokens: true, cleansUp));
            var details = AssertDetailsAgree(tokenizer, text, ids);
            if (entry.GetProperty("encoded").TryGetProperty("token_type_ids", out var types))
            {
                Assert.Equal(Ids(types), details.TypeIds);
            }

            AssertStreamsAgree(tokenizer, ids);
        }
    }

    [SkippableFact]
    public void Encode_SentencePieceModelOfLlama2_GivesTheIdsOfItsJson()
    {
        var model = Tokenizer.FromSentencePiece(SharedData.Require("data/tokenizers/hf/llama-2/tokenizer.model"));
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data/tokenizers/hf/expected/multilingual_tinyllama.json")));
        foreach (var entry in expected.RootElement.GetProperty("entries").EnumerateArray())
        {
            var text = entry.GetProperty("text").GetString()!;
            var ids = Ids(entry.GetProperty("input_ids"));
            Assert.Equal(Show(entry, ids), Show(entry, model.Encode(text)));
            Assert.Equal(text, model.Decode(ids));
            AssertDetailsAgree(model, text, ids);
            AssertStreamsAgree(model, ids);
        }
    }

    internal static Tokenizer Load(string model)
    {
        var folder = SharedData.Require($"data/tokenizers/hf/{model}");
        return Tokenizer.FromFolder(folder);
    }

    internal static int[] Ids(JsonElement list) => list.EnumerateArray().Select(i => i.GetInt32()).ToArray();

    internal static TokenizedText AssertDetailsAgree(Tokenizer tokenizer, string text, int[] ids)
    {
        var details = tokenizer.Tokenize(text);
        Assert.Equal(ids, details.Ids);
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < ids.Length; i++)
        {
            var span = details.Spans[i];
            Assert.InRange(span.Utf8Start, 0, span.Utf8End);
            Assert.InRange(span.Utf8End, span.Utf8Start, utf8.Length);
            Assert.Equal(System.Text.Encoding.UTF8.GetString(utf8[span.Utf8Start..span.Utf8End]), text[span.Utf16Start..span.Utf16End]);
            Assert.Equal(details.IsAdded[i], details.SequenceIndices[i] < 0);
        }

        return details;
    }

    internal static void AssertStreamsAgree(Tokenizer tokenizer, int[] ids)
    {
        foreach (var skip in (bool[])[true, false])
        {
            var stream = tokenizer.CreateStreamingDecoder(skip);
            var pieces = ids.Select(stream.Append).Append("").ToArray();
            Assert.Equal(tokenizer.Decode(ids, skip), string.Concat(pieces) + stream.Flush());
            Assert.All(pieces, p => Assert.False(p.Length > 0 && (char.IsHighSurrogate(p[^1]) || char.IsLowSurrogate(p[0])), "half a character"));
        }
    }

    private static string Show(JsonElement entry, int[] ids) =>
        $"{(entry.TryGetProperty("id", out var id) ? id.GetString() : entry.GetProperty("input").GetString())}: {string.Join(' ', ids)}";
}
