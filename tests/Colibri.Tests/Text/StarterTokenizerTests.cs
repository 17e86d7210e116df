using System.Text.Json;
using Colibri.TestData;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text;

/// <summary>The tokenizer of the model that ships with the project.</summary>
public class StarterTokenizerTests
{
    private static readonly Tokenizer Starter = Tokenizer.FromTokenizerJson(Path.Combine(SharedData.Starter, "tokenizer.json"));

    [Fact]
    public void Encode_PromptsOfTheReference_GivesTheirIds()
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(SharedData.Starter, "expected.json")));
        foreach (var prompt in expected.RootElement.GetProperty("prompts").EnumerateArray())
        {
            var ids = prompt.GetProperty("prompt_ids").EnumerateArray().Select(i => i.GetInt32()).ToArray();
            var text = prompt.GetProperty("prompt").GetString()!;
            Assert.Equal(ids, Starter.Encode(text));
            Assert.Equal(text, Starter.Decode(ids));
            var generated = prompt.GetProperty("greedy_ids").EnumerateArray().Select(i => i.GetInt32()).ToArray();
            Assert.Equal(prompt.GetProperty("greedy_text").GetString(), Starter.Decode(generated));
        }
    }

    [Fact]
    public void BeginOfText_OfTheStarter_IsAddedFirst()
    {
        Assert.Equal(1, Starter.BeginOfTextId);
        Assert.Equal(2, Starter.EndOfTextId);
        Assert.True(Starter.AddsBeginOfText);
        Assert.Equal([1], Starter.Encode(""));
        Assert.Empty(Starter.Encode("", addSpecialTokens: false));
        Assert.Equal(4096, Starter.VocabularySize);
    }

    [Fact]
    public void Append_OneIdAtATime_GivesWholeCharactersThatJoinToTheWhole()
    {
        const string text = "Zwölf Boxkämpfer 🐦 jagen — 早く \u00e9\u0301 𝔘𝔫𝔦";
        var ids = Starter.Encode(text);
        var stream = Starter.CreateStreamingDecoder();
        var pieces = ids.Select(stream.Append).Append(stream.Flush()).ToArray();
        Assert.Equal(text, string.Concat(pieces));
        Assert.All(pieces, p => Assert.DoesNotContain('\uFFFD', p));
    }
}
