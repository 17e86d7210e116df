using Colibri.TestData;
using Colibri.Tests.Files;
using Colibri.Text;
using Colibri.Text.Files;
using Xunit;

namespace Colibri.Tests.Text.Files;

public sealed class GgufVocabularyBuilderTests
{
    [SkippableTheory]
    [InlineData("gpt2", new[] { "tokenizer.json" }, "gpt2", "gpt-2")]
    [InlineData("gpt2", new[] { "vocab.json", "merges.txt" }, "gpt2", "gpt-2")]
    [InlineData("llama-2", new[] { "tokenizer.json" }, "llama", "default")]
    [InlineData("llama-2", new[] { "tokenizer.model" }, "llama", "default")]
    public void FromFolder_RealTokenizer_GivesTheSameIds(string name, string[] files, string model, string pre)
    {
        var data = SharedData.Require($"data/tokenizers/hf/{name}");
        var novels = SharedData.Require("data/text-wikitext-2");
        using var folder = new TemporaryFolder();
        foreach (var file in files)
        {
            File.Copy(Path.Combine(data, file), Path.Combine(folder.Path, file));
        }

        var notes = new List<string>();
        var vocabulary = GgufVocabularyBuilder.FromFolder(folder.Path, null, null, notes);

        Assert.Equal((model, pre), (vocabulary.Model, vocabulary.Pre));
        var expected = Tokenizer.FromFolder(folder.Path);
        var found = new PipelineTokenizer(GgufTokenizer.Read(vocabulary));
        var text = string.Concat(Directory.GetFiles(novels, "*", SearchOption.AllDirectories).Where(f => f.Contains("test", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Take(1).Select(File.ReadAllText));
        Assert.True(text.Length > 10_000, novels);
        text = text[..Math.Min(text.Length, 300_000)];
        Assert.Equal(expected.Encode(text), found.Encode(text));
    }

    [Fact]
    public void FromFolder_Starter_SaysWhatGgufNeeds()
    {
        var notes = new List<string>();

        var vocabulary = GgufVocabularyBuilder.FromFolder(SharedData.Starter, 2, null, notes);

        Assert.Empty(notes);
        Assert.Equal(("gpt2", "gpt-2"), (vocabulary.Model, vocabulary.Pre));
        Assert.Equal([3, 3, 3, 1], vocabulary.TokenTypes!.Take(4));
        Assert.Equal((1, 2, true, false), (vocabulary.BeginOfTextId, vocabulary.EndOfTextId, vocabulary.AddBeginOfText, vocabulary.AddEndOfText));
    }

    [Theory]
    [InlineData("""{"model": {"type": "Unigram", "unk_id": 0, "vocab": [["a", 0]]}}""", "kind 'Unigram'")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["ab"]}}""", "no pair")]
    public void FromFolder_WhatGgufHasNotOrIsFaulty_SaysSo(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), json);

        var fault = Assert.Throws<InputException>(() => GgufVocabularyBuilder.FromFolder(folder.Path, null, null, []));

        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromFolder_TextCutAsNoNameInGgufSays_IsRefusedWithAnExample()
    {
        using var folder = new TemporaryFolder();
        var json = File.ReadAllText(Path.Combine(SharedData.Starter, "tokenizer.json"));
        File.WriteAllText(Path.Combine(folder.Path, "tokenizer.json"), json.Replace(
            """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, "post""",
            """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "e"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}, "post""",
            StringComparison.Ordinal));

        var fault = Assert.Throws<InputException>(() => GgufVocabularyBuilder.FromFolder(folder.Path, null, null, []));

        Assert.Contains("gives other ids, for example for", fault.Message, StringComparison.Ordinal);
    }
}
