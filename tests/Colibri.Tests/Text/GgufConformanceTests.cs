using Colibri.TestData;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text;

/// <summary>The ids that llama.cpp gives for its own test strings, for every vocabulary at hand.</summary>
public class GgufConformanceTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    [SkippableTheory]
    [InlineData("llama-spm")]
    [InlineData("gpt-2")]
    [InlineData("falcon")]
    [InlineData("bert-bge")]
    [InlineData("starcoder")]
    public void Encode_TestStringsOfLlamaCpp_GivesItsIds(string name)
    {
        var path = SharedData.Require($"data/tokenizers/gguf/ggml-vocab-{name}.gguf");
        var tokenizer = Tokenizer.FromGguf(path);
        var texts = File.ReadAllText(path + ".inp").Split(Separator)[..^1];
        var expected = File.ReadAllLines(path + ".out");
        Assert.Equal(46, texts.Length);
        for (var i = 0; i < texts.Length; i++)
        {
            var ids = tokenizer.Encode(texts[i], addSpecialTokens: false, parseSpecialTokens: false);
            Assert.Equal($"{i}: {expected[i].Trim()}", $"{i}: {string.Join(' ', ids)}");
        }
    }
}
