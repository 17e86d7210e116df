using System.Text.Json.Nodes;
using Xunit;

namespace Colibri.Tests.Text.AddedTokens;

public class AddedTokenTests
{
    [Theory]
    [InlineData("a<m>b", "a|<m>|b")]
    [InlineData("a <m> b", "a |<m>| b")]
    [InlineData("<m><m>", "<m>|<m>")]
    [InlineData("<m><m", "<m>|<m")]
    public void Extract_PlainToken_IsCutOut(string text, string expected) => AssertPieces(text, expected, TokenizerJsonBuilder.Added(100, "<m>", special: true));

    [Theory]
    [InlineData("a  <m>  b", "a|  <m>|  b", true, false)]
    [InlineData("a  <m>  b", "a  |<m>  |b", false, true)]
    [InlineData("<m> <m>", "<m> |<m>", true, true)]
    public void Extract_Stripping_TakesWhiteSpaceAlong(string text, string expected, bool left, bool right) =>
        AssertPieces(text, expected, TokenizerJsonBuilder.Added(100, "<m>", special: true, lstrip: left, rstrip: right));

    [Theory]
    [InlineData("ing", "ing")]
    [InlineData("a ing!", "a |ing|!")]
    [InlineData("king ings", "king ings")]
    public void Extract_SingleWord_NeedsEnds(string text, string expected) =>
        AssertPieces(text, expected, TokenizerJsonBuilder.Added(100, "ing", special: false, singleWord: true));

    [Fact]
    public void Extract_SeveralThatFit_TakesTheLongest() => AssertPieces(
        "<abc>", "<abc>", TokenizerJsonBuilder.Added(100, "<a", special: false), TokenizerJsonBuilder.Added(101, "<abc>", special: false), TokenizerJsonBuilder.Added(102, "bc>", special: false));

    [Fact]
    public void Extract_Normalized_IsLookedForInNormalizedText()
    {
        var json = Json(TokenizerJsonBuilder.Added(100, "Day", special: false, normalized: true), TokenizerJsonBuilder.Added(101, "Raw", special: false));
        json["normalizer"] = TokenizerJsonBuilder.Parse("""{"type":"Lowercase"}""");
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Equal([0, 100, 0, 101, 0], tokenizer.Encode("monDAYsRawRAW"));
    }

    [Fact]
    public void Encode_WithoutParsing_ReadsSpecialTokensAsText()
    {
        var tokenizer = TokenizerJsonBuilder.Load(Json(TokenizerJsonBuilder.Added(100, "<s>", special: true), TokenizerJsonBuilder.Added(101, "<t>", special: false)));
        Assert.Equal([100, 101], tokenizer.Encode("<s><t>"));
        Assert.Equal([0, 101], tokenizer.Encode("<s><t>", parseSpecialTokens: false));
        Assert.True(tokenizer.IsSpecial(100));
        Assert.False(tokenizer.IsSpecial(101));
        Assert.Equal("<t>", tokenizer.Decode([100, 101]));
        Assert.Equal("<s> <t>", tokenizer.Decode([100, 101], skipSpecialTokens: false));
    }

    [Fact]
    public void Read_TokenOfTheVocabulary_KeepsItsIdThere()
    {
        var json = TokenizerJsonBuilder.WordLevel("x");
        json["added_tokens"] = new JsonArray(TokenizerJsonBuilder.Added(77, "x", special: true));
        Assert.Equal([1], TokenizerJsonBuilder.Load(json).Encode("x"));
    }

    [Fact]
    public void Read_TwoTokensWithOneId_AreRefused() => Assert.Throws<InputException>(() =>
        TokenizerJsonBuilder.Load(Json(TokenizerJsonBuilder.Added(100, "<a>", special: true), TokenizerJsonBuilder.Added(100, "<b>", special: true))));

    [Fact]
    public void Read_AddedTokenWithTheIdOfAVocabularyToken_IsRefusedAndNamesBoth()
    {
        var json = TokenizerJsonBuilder.WordLevel("x");
        json["added_tokens"] = new JsonArray(TokenizerJsonBuilder.Added(1, "<new>", special: true));
        Assert.Contains("gives '<new>' the id 1 that 'x' has in the vocabulary", Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json)).Message);
    }

    private static JsonObject Json(params JsonObject[] added)
    {
        var json = TokenizerJsonBuilder.WordLevel();
        json["added_tokens"] = new JsonArray(added);
        return json;
    }

    private static void AssertPieces(string text, string expected, params JsonObject[] added)
    {
        var tokenizer = TokenizerJsonBuilder.Load(Json(added));
        Assert.Equal(expected, string.Join('|', tokenizer.Tokenize(text).Spans.Select(s => text[s.Utf16Start..s.Utf16End])));
    }
}
