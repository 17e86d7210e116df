using System.Text.Json;
using Colibri.TestData;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text;

/// <summary>The ids that tiktoken gives for a source file.</summary>
public class TiktokenConformanceTests
{
    [SkippableTheory]
    [InlineData("cl100k_base", "cl100k_base", "tokens")]
    [InlineData("gpt2", "gpt2", "tokens_gpt2")]
    [InlineData("gpt2", "r50k_base", "tokens_gpt2")]
    public void Encode_SourceFile_GivesTiktokensIds(string ranks, string pattern, string expectedFile)
    {
        var tokenizer = Tokenizer.FromTiktoken(SharedData.Require($"data/tokenizers/tiktoken/{ranks}.tiktoken"), pattern);
        var text = File.ReadAllText(SharedData.Require("data/tokenizers/tiktoken/lib.rs.txt"));
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require($"data/tokenizers/tiktoken/{expectedFile}.json")));
        var ids = HuggingFaceConformanceTests.Ids(expected.RootElement);
        Assert.Equal(ids, tokenizer.Encode(text));
        Assert.Equal(text, tokenizer.Decode(ids));
        HuggingFaceConformanceTests.AssertDetailsAgree(tokenizer, text, ids);
        HuggingFaceConformanceTests.AssertStreamsAgree(tokenizer, ids);
    }

    [SkippableFact]
    public void Encode_SpecialTokens_AreReadWhenAskedFor()
    {
        var tokenizer = Tokenizer.FromTiktoken(SharedData.Require("data/tokenizers/tiktoken/cl100k_base.tiktoken"), "cl100k_base");
        Assert.Equal(100257, tokenizer.EndOfTextId);
        Assert.Equal([100257], tokenizer.Encode("<|endoftext|>"));
        Assert.NotEqual([100257], tokenizer.Encode("<|endoftext|>", parseSpecialTokens: false));
        Assert.Equal("", tokenizer.Decode([100257]));
        Assert.Equal("<|endoftext|>", tokenizer.Decode([100257], skipSpecialTokens: false));
    }
}
