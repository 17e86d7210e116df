using System.Text;
using System.Text.Json;
using Colibri.TestData;
using Colibri.Tests.Files;
using Colibri.Text;
using Colibri.Text.Unicode;
using Xunit;

namespace Colibri.Tests.Text.Files;

/// <summary>Tokenizers without a tokenizer.json: vocabularies of every kind with the configuration beside them.</summary>
public sealed class TokenizerFolderTests : IDisposable
{
    private static readonly string[] Texts =
    [
        "Hello world, it's a test.", "  two  spaces\n\n\tand 1234567 tabs", "naïve café – 東京 🤗", "x", "", "The [MASK] and <mask> of</s> it", "don't WON'T I'll", "C# <|endoftext|> end",
    ];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void MergesAndVocabulary_AreAByteLevelTokenizer()
    {
        WriteMerges();
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([258, 260], tokenizer.Encode("hello low"));
        Assert.Equal([258, 261, 258], tokenizer.Encode("hello<|endoftext|>hello"));
        Assert.Equal("hello low", tokenizer.Decode([258, 260]));
        Assert.Equal(261, tokenizer.EndOfTextId);
        Assert.Equal([258], Tokenizer.FromFile(_folder.File("vocab.json")).Encode("hello"));
        Assert.Equal([258], Tokenizer.FromFile(_folder.File("merges.txt")).Encode("hello"));
    }

    [Fact]
    public void MergesAndVocabulary_ConfigurationIsHonoured()
    {
        WriteMerges();
        _folder.Write("tokenizer_config.json", """{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"add_prefix_space":true,"bos_token":"<|endoftext|>","eos_token":{"content":"<|im_end|>"},"additional_special_tokens":["<|im_start|>"]}""");
        _folder.Write("added_tokens.json", """{"<|im_end|>":270,"<tool>":271}""");
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([261, 260, 272, 270, 271], tokenizer.Encode("low<|im_start|><|im_end|><tool>"));
        Assert.Equal([260], tokenizer.Encode("low", addSpecialTokens: false));
        Assert.Equal(270, tokenizer.EndOfTextId);
        Assert.True(tokenizer.IsSpecial(270));
        Assert.False(tokenizer.IsSpecial(271));
    }

    [Fact]
    public void MergesAndVocabulary_OfRoberta_HaveTokensAround()
    {
        var vocabulary = new Dictionary<string, int> { ["<s>"] = 0, ["<pad>"] = 1, ["</s>"] = 2, ["<unk>"] = 3 };
        for (var b = 0; b < 256; b++)
        {
            vocabulary[ByteAlphabet.Encode([(byte)b])] = vocabulary.Count;
        }

        vocabulary["<mask>"] = vocabulary.Count;
        _folder.Write("vocab.json", JsonSerializer.Serialize(vocabulary));
        _folder.Write("merges.txt", "#version: 0.2\n");
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([0, 4 + 'a', 260, 2], tokenizer.Encode("a <mask>"));
        Assert.Equal([0, 4 + 'a', 2, 2, 4 + 'b', 2], tokenizer.TokenizePair("a", "b").Ids);
        Assert.Equal(0, tokenizer.BeginOfTextId);
    }

    [Fact]
    public void MergesAndVocabulary_OfClip_EndWords()
    {
        _folder.Write("vocab.json", """{"h":0,"i":1,"h</w>":2,"i</w>":3,"hi</w>":4,"<|startoftext|>":5,"<|endoftext|>":6}""");
        _folder.Write("merges.txt", "#version: 0.2\nh i</w>\n");
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([5, 4, 4, 6], tokenizer.Encode("Hi   HI"));
        Assert.Equal([5, 0, 4, 6], tokenizer.Encode("hhi"));
    }

    [Fact]
    public void Words_AreAWordPieceTokenizer()
    {
        _folder.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nhe\n##llo\nÉ\ne\n");
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([2, 5, 6, 4, 8, 1, 3], tokenizer.Encode("HELLO [MASK] é zz"));
        Assert.Equal([0, 0, 0, 1, 1], tokenizer.TokenizePair("e", "e").TypeIds);
        Assert.Equal("hello e", tokenizer.Decode([2, 5, 6, 8, 3]));
        _folder.Write("tokenizer_config.json", """{"do_lower_case":false,"strip_accents":false}""");
        Assert.Equal([2, 1, 7, 3], Tokenizer.FromFolder(_folder.Path).Encode("HELLO É"));
        Assert.Equal([2, 7, 3], Tokenizer.FromFile(_folder.File("vocab.txt")).Encode("É"));
    }

    [Fact]
    public void Tiktoken_IsToldByContentAndName()
    {
        _folder.Write("gpt2.tiktoken", Ranks(256));
        Assert.Equal(['a', ' ', 'b'], Tokenizer.FromFile(_folder.File("gpt2.tiktoken")).Encode("a b").Select(i => (char)i));
        Assert.Equal(['a'], Tokenizer.FromFolder(_folder.Path).Encode("a").Select(i => (char)i));
        var renamed = _folder.Write("other/tokenizer.model", Ranks(256));
        Assert.Contains("cannot be told", Assert.Throws<InputException>(() => Tokenizer.FromFile(renamed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tiktoken_OfLlama3_IsToldByItsSize()
    {
        _folder.Write("tokenizer.model", Ranks(128000));
        var tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([128000, 'a', 128009], tokenizer.Encode("a<|eot_id|>"));
        Assert.Equal(128256, tokenizer.VocabularySize);
        _folder.Write("tokenizer_config.json", """{"added_tokens_decoder":{"128009":{"content":"<|stop|>","special":true}},"eos_token":"<|stop|>"}""");
        tokenizer = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal([128000, 128009], tokenizer.Encode("<|stop|>"));
        Assert.Equal(128009, tokenizer.EndOfTextId);
    }

    [Theory]
    [InlineData("vocab.json", "{\"a\":0}", "merges.txt", "a\n", "line 1")]
    [InlineData("vocab.json", "{\"a\":0}", "merges.txt", "a b\n", "no token 'b'")]
    [InlineData("vocab.json", "{\"a\":\"x\"}", "merges.txt", "", "whole number")]
    [InlineData("vocab.json", "[]", "merges.txt", "", "object")]
    [InlineData("vocab.json", "{\"a\":0,\"b\":0}", "merges.txt", "", "the id 0")]
    [InlineData("vocab.json", "{\"a\":0}", "tokenizer.txt", "", "no tokenizer")]
    [InlineData("vocab.txt", "", "a", "", "empty")]
    [InlineData("vocab.txt", "a\nb\n", "a", "", "[UNK]")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "tokenizer_config.json", "{\"do_lower_case\":1}", "do_lower_case")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "tokenizer_config.json", "{\"cls_token\":3}", "cls_token")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "special_tokens_map.json", "{\"cls_token\":{}}", "content")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "added_tokens.json", "{\"x\":-1}", "'x'")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "added_tokens.json", "{\"x\":9000000}", "the id 9000000")]
    [InlineData("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n", "tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"y\"}}}", "no token id")]
    [InlineData("x.tiktoken", "YQ== 0\nYQ== 1\n", "a", "", "cannot be told")]
    [InlineData("gpt2.tiktoken", "YQ== 0\nYQ== 1\n", "a", "", "twice")]
    [InlineData("gpt2.tiktoken", "YQ== 0\nnonsense\n", "a", "", "line 2")]
    [InlineData("tokenizer.model", "nonsense", "a", "", "tokenizer.model")]
    [InlineData("tokenizer.model", "", "a", "", "tokenizer.model")]
    public void Faulty_IsNamed(string name, string content, string second, string secondContent, string message)
    {
        _folder.Write(name, content);
        _folder.Write(second, secondContent);
        Assert.Contains(message, Assert.Throws<InputException>(() => Tokenizer.FromFolder(_folder.Path)).Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("gpt2", "vocab.json merges.txt")]
    [InlineData("all-MiniLM-L6-v2", "vocab.txt tokenizer_config.json special_tokens_map.json config.json")]
    public void FilesAlone_GiveTheIdsOfTokenizerJson(string model, string files)
    {
        var source = SharedData.Require($"data/tokenizers/hf/{model}");
        foreach (var file in files.Split(' '))
        {
            _folder.Write(file, File.ReadAllBytes(Path.Combine(source, file)));
        }

        var (expected, found) = (Tokenizer.FromFolder(source), Tokenizer.FromFolder(_folder.Path));
        foreach (var text in Texts)
        {
            Assert.Equal(expected.Encode(text), found.Encode(text));
            Assert.Equal(expected.TokenizePair(text, "b").Ids, found.TokenizePair(text, "b").Ids);
            Assert.Equal(expected.Decode(expected.Encode(text)), found.Decode(expected.Encode(text)));
        }
    }

    [SkippableFact]
    public void SentencePieceModelAlone_WithConfiguration_AddsItsTokens()
    {
        var source = SharedData.Require("data/tokenizers/hf/llama-2");
        _folder.Write("tokenizer.model", File.ReadAllBytes(Path.Combine(source, "tokenizer.model")));
        var expected = Tokenizer.FromFolder(source);
        foreach (var text in Texts.Where(t => t.Length > 0 && !t.Contains("</s>", StringComparison.Ordinal)))
        {
            Assert.Equal(expected.Encode(text), Tokenizer.FromFolder(_folder.Path).Encode(text));
        }

        _folder.Write("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizer","add_bos_token":false,"add_eos_token":true,"bos_token":"<s>","eos_token":"<|im_end|>","added_tokens_decoder":{"32000":{"content":"<|im_end|>","special":true}}}""");
        var chat = Tokenizer.FromFolder(_folder.Path);
        Assert.Equal(32000, chat.EndOfTextId);
        Assert.Equal([.. expected.Encode("Hello", addSpecialTokens: false), 32000, 32000], chat.Encode("Hello<|im_end|>"));
    }

    [SkippableFact]
    public void LlamaClass_GoesByItsConfiguration_WhateverTheFileSays()
    {
        var source = SharedData.Require("data/tokenizers/hf/gpt2");
        _folder.Write("tokenizer.json", File.ReadAllBytes(Path.Combine(source, "tokenizer.json")));
        _folder.Write("tokenizer_config.json", """{"tokenizer_class":"LlamaTokenizerFast","add_bos_token":true,"bos_token":"<|endoftext|>","added_tokens_decoder":{"50257":{"content":"<think>","special":false}}}""");
        Assert.Equal([50256, 31373, 50257], Tokenizer.FromFolder(_folder.Path).Encode("hello<think>"));
    }

    private static string Ranks(int count)
    {
        var lines = new StringBuilder();
        for (var id = 0; id < count; id++)
        {
            lines.Append(Convert.ToBase64String(id < 256 ? [(byte)id] : Encoding.ASCII.GetBytes($"~{id}"))).Append(' ').Append(id).Append('\n');
        }

        return lines.ToString();
    }

    private void WriteMerges()
    {
        var vocabulary = Enumerable.Range(0, 256).ToDictionary(b => ByteAlphabet.Encode([(byte)b]));
        foreach (var token in new[] { "he", "hell", "hello", "lo", "Ġlow", "<|endoftext|>", "ll", "ow" })
        {
            vocabulary[token] = vocabulary.Count;
        }

        vocabulary["Ġl"] = vocabulary.Count;
        _folder.Write("vocab.json", JsonSerializer.Serialize(vocabulary));
        _folder.Write("merges.txt", "#version: 0.2\nh e\nl l\nhe ll\nhell o\nĠ l\no w\nĠl ow\n");
    }
}
