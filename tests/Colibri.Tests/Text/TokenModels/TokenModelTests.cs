using System.Text.Json.Nodes;
using Xunit;

namespace Colibri.Tests.Text.TokenModels;

public class TokenModelTests
{
    [Theory]
    [InlineData("abc", "ab c")]
    [InlineData("abab", "abab")]
    [InlineData("aab", "a ab")]
    [InlineData("xab", "<unk> ab")]
    [InlineData("xyab", "<unk> <unk> ab")]
    public void Bpe_RankedMerges_LowestRankLeftmostFirst(string text, string expected) =>
        Assert.Equal(expected, Tokens(Bpe(fuse: false), text));

    [Fact]
    public void Bpe_FuseUnknown_MakesOneOfNeighbours() => Assert.Equal("<unk> ab <unk>", Tokens(Bpe(fuse: true), "xyabzz"));

    [Fact]
    public void Bpe_ByteFallback_TakesBytesWhereAllHaveTokens()
    {
        var json = Bpe(fuse: true);
        json["model"]!["byte_fallback"] = true;
        json["model"]!["vocab"]!["<0xC3>"] = 20;
        json["model"]!["vocab"]!["<0xA9>"] = 21;
        Assert.Equal("a <0xC3> <0xA9> b <unk>", Tokens(json, "aébè"));
    }

    [Fact]
    public void Bpe_PrefixAndSuffix_SpellTheSymbols()
    {
        var json = TokenizerJsonBuilder.WordLevel();
        json["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["vocab"] = new JsonObject { ["a"] = 0, ["##b"] = 1, ["##c</w>"] = 2, ["ab"] = 3, ["abc</w>"] = 4, ["a</w>"] = 5 },
            ["merges"] = new JsonArray(new JsonArray("a", "##b"), new JsonArray("ab", "##c</w>")),
            ["continuing_subword_prefix"] = "##",
            ["end_of_word_suffix"] = "</w>",
        };
        Assert.Equal("abc</w>", Tokens(json, "abc"));
        Assert.Equal("a</w>", Tokens(json, "a"));
    }

    [Fact]
    public void Bpe_IgnoreMerges_TakesAWordThatIsAToken()
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["model"]!["vocab"]!["lo"] = 270;
        json["model"]!["vocab"]!["hellz"] = 271;
        json["post_processor"] = null;
        Assert.Equal("hell z", Tokens(json, "hellz"));
        json["model"]!["ignore_merges"] = true;
        Assert.Equal("hellz", Tokens(json, "hellz"));
    }

    [Fact]
    public void Bpe_UnknownTokenMissing_IsAnErrorOnlyWhenNeeded()
    {
        var json = Bpe(fuse: false);
        json["model"]!["unk_token"] = "<none>";
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Equal(2, tokenizer.Encode("abc").Length);
        Assert.Contains("'<none>'", Assert.Throws<InputException>(() => tokenizer.Encode("abx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bpe_LongWords_AreTheSameCutOrWhole()
    {
        // 'z' joins nothing, so a long text may be cut at it; with merges over it, it may not. Both have to agree with
        // merging by the definition: always the lowest rank, the leftmost first.
        var random = new Random(11);
        foreach (var withZ in (bool[])[false, true])
        {
            var vocab = new JsonObject { ["a"] = 0, ["b"] = 1, ["z"] = 2 };
            var merges = new List<(string, string)>();
            for (var i = 0; i < 40; i++)
            {
                var tokens = vocab.Select(p => p.Key).Where(t => t.Length < 9 && (withZ || t != "z")).ToArray();
                var pair = (tokens[random.Next(tokens.Length)], tokens[random.Next(tokens.Length)]);
                if (!merges.Contains(pair))
                {
                    merges.Add(pair);
                    if (!vocab.ContainsKey(pair.Item1 + pair.Item2))
                    {
                        vocab[pair.Item1 + pair.Item2] = vocab.Count;
                    }
                }
            }

            var json = TokenizerJsonBuilder.WordLevel();
            json["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocab,
                ["merges"] = new JsonArray(merges.Select(m => (JsonNode)$"{m.Item1} {m.Item2}").ToArray()),
            };
            var tokenizer = TokenizerJsonBuilder.Load(json);
            for (var round = 0; round < 60; round++)
            {
                var text = string.Concat(Enumerable.Range(0, random.Next(1, 400)).Select(_ => "aabbz"[random.Next(5)]));
                Assert.Equal(string.Join(' ', MergeByDefinition(text, merges)), string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenText)));
            }
        }
    }

    [Theory]
    [InlineData("unaffable", "un ##aff ##able")]
    [InlineData("unwanted", "[UNK]")]
    [InlineData("un", "un")]
    [InlineData("ununununun", "[UNK]")]
    public void WordPiece_LongestFirst_OrUnknown(string text, string expected)
    {
        var json = TokenizerJsonBuilder.WordLevel();
        json["model"] = TokenizerJsonBuilder.Parse("""{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##","max_input_chars_per_word":9,"vocab":{"[UNK]":0,"un":1,"##aff":2,"##able":3,"##a":4,"##un":5}}""");
        Assert.Equal(expected, Tokens(json, text));
        Assert.Equal(expected, Tokens(json, text));
    }

    [Theory]
    [InlineData("abcd", "abcd")]
    [InlineData("abcdacdxx", "abcd a cd <unk>")]
    [InlineData("xyab", "<unk> ab")]
    public void Unigram_BestSumOfScores_Wins(string text, string expected) => Assert.Equal(expected, Tokens(Unigram(), text));

    [Fact]
    public void Unigram_ByteFallback_TakesTheBytesOfUnknownRuns()
    {
        var json = Unigram();
        json["model"]!["byte_fallback"] = true;
        foreach (var token in (string[])["<0xC3>", "<0xA9>", "<0x78>"])
        {
            json["model"]!["vocab"]!.AsArray().Add(new JsonArray(token, -20.0));
        }

        Assert.Equal("a <0xC3> <0xA9> <0x78> b", Tokens(json, "aéxb"));
        Assert.Equal("a <unk> b", Tokens(json, "aéyb"));
    }

    [Fact]
    public void Unigram_NoUnknownToken_IsAnErrorWhenNeeded()
    {
        var json = Unigram();
        json["model"]!["unk_id"] = null;
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Single(tokenizer.Encode("abcd"));
        Assert.Throws<InputException>(() => tokenizer.Encode("x"));
        json["model"]!["unk_id"] = 99;
        Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(json));
    }

    [Fact]
    public void WordLevel_UnknownTokenMissing_IsAnErrorWhenNeeded()
    {
        var json = TokenizerJsonBuilder.WordLevel("a");
        json["model"]!["unk_token"] = "<none>";
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Equal([1], tokenizer.Encode("a"));
        Assert.Throws<InputException>(() => tokenizer.Encode("b"));
    }

    [Theory]
    [InlineData(" ")]
    [InlineData("a")]
    [InlineData("ab")]
    [InlineData("中")]
    [InlineData("\n")]
    [InlineData("7")]
    [InlineData("'")]
    [InlineData("\u0301")]
    public void Encode_LongRunsOfOneThing_ComeBackWhole(string unit)
    {
        var text = string.Concat(Enumerable.Repeat(unit, 300_000));
        foreach (var json in (JsonObject[])[TokenizerJsonBuilder.ByteLevel(), Unigram(), Bpe(fuse: true)])
        {
            json["normalizer"] = null;
            var tokenizer = TokenizerJsonBuilder.Load(json);
            var ids = tokenizer.Encode(text);
            Assert.NotEmpty(ids);
            if (json["model"]!["type"]!.GetValue<string>() == "BPE" && json["decoder"] is not null)
            {
                Assert.Equal(text, tokenizer.Decode(ids));
            }
        }
    }

    [Fact]
    public void Encode_FromManyThreads_GivesTheSameIds()
    {
        var tokenizer = TokenizerJsonBuilder.Load(TokenizerJsonBuilder.ByteLevel());
        var random = new Random(5);
        var texts = Enumerable.Range(0, 2_000).Select(_ => string.Concat(Enumerable.Range(0, 30).Select(_ => "hello wrld"[random.Next(10)]))).ToArray();
        var expected = texts.Select(t => tokenizer.Encode(t)).ToArray();
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(expected, tokenizer.EncodeBatch(texts));
        }
    }

    private static IEnumerable<string> MergeByDefinition(string text, List<(string Left, string Right)> merges)
    {
        var symbols = text.Select(c => c.ToString()).ToList();
        while (true)
        {
            var best = int.MaxValue;
            var at = -1;
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                var rank = merges.IndexOf((symbols[i], symbols[i + 1]));
                if (rank >= 0 && rank < best)
                {
                    (best, at) = (rank, i);
                }
            }

            if (at < 0)
            {
                return symbols;
            }

            symbols[at] += symbols[at + 1];
            symbols.RemoveAt(at + 1);
        }
    }

    private static JsonObject Bpe(bool fuse)
    {
        var json = TokenizerJsonBuilder.WordLevel();
        json["model"] = new JsonObject
        {
            ["type"] = "BPE",
            ["unk_token"] = "<unk>",
            ["fuse_unk"] = fuse,
            ["vocab"] = new JsonObject { ["<unk>"] = 0, ["a"] = 1, ["b"] = 2, ["c"] = 3, ["ab"] = 4, ["bc"] = 5, ["abab"] = 6 },
            ["merges"] = new JsonArray("a b", "b c", "ab ab"),
        };
        return json;
    }

    private static JsonObject Unigram()
    {
        var json = TokenizerJsonBuilder.WordLevel();
        json["model"] = TokenizerJsonBuilder.Parse("""{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["a",0.0],["b",0.0],["c",0.0],["d",0.0],["cd",1.0],["ab",2.0],["abc",5.0],["abcd",10.0]]}""");
        return json;
    }

    private static string Tokens(JsonObject json, string text)
    {
        var tokenizer = TokenizerJsonBuilder.Load(json);
        return string.Join(' ', tokenizer.Encode(text).Select(tokenizer.TokenText));
    }
}
