using System.Text;
using Colibri.Files;
using Colibri.Text;
using Colibri.Text.Files;
using Xunit;

namespace Colibri.Tests.Text.Files;

/// <summary>Small vocabularies of the other file kinds, sound and faulty.</summary>
public class VocabularyFileTests
{
    private static readonly string[] Pieces = ["<unk>", "<s>", "</s>", "▁", "a", "b", "ab", "▁ab", "<0xC3>", "<0xA9>"];

    [Fact]
    public void FromGguf_SentencePiece_GivesIdsAndText()
    {
        var tokenizer = Tokenizer.FromGguf(Scored());
        Assert.Equal([1, 7], tokenizer.Encode("ab"));
        Assert.Equal([7], tokenizer.Encode("ab", addSpecialTokens: false));
        Assert.Equal([1, 3, 8, 9, 6], tokenizer.Encode("éab"));
        Assert.Equal("éab", tokenizer.Decode([1, 3, 8, 9, 6]));
        Assert.Equal([1, 2], tokenizer.Encode("</s>"));
        Assert.True(tokenizer.AddsBeginOfText);
        Assert.Equal(1, tokenizer.BeginOfTextId);
        Assert.Equal(2, tokenizer.EndOfTextId);
        Assert.Equal([5, 4], Tokenizer.FromGguf(Scored() with { AddSpacePrefix = false, AddBeginOfText = false }).Encode("ba"));
        Assert.Equal([7, 2], Tokenizer.FromGguf(Scored() with { AddEndOfText = true, AddBeginOfText = false }).Encode("ab"));
    }

    [Fact]
    public void FromGguf_BrokenUtf8_GoesThroughAsBytes() =>
        Assert.Equal([1, 3, 8, 4], Tokenizer.FromGguf(Scored()).Encode([0xC3, (byte)'a']).Where(i => i >= 0));

    [Theory]
    [InlineData("model")]
    [InlineData("pre")]
    [InlineData("merges")]
    [InlineData("merge without a space")]
    [InlineData("scores")]
    [InlineData("scores too short")]
    [InlineData("score not a number")]
    [InlineData("types too short")]
    [InlineData("bos out of range")]
    [InlineData("twice")]
    [InlineData("empty")]
    public void FromGguf_Faulty_IsRefusedWithTheFilesName(string fault)
    {
        var bytePair = new GgufVocabulary { File = "x.gguf", Model = "gpt2", Pre = "gpt-2", Tokens = Texts("a", "b", "ab"), Merges = Texts("a b") };
        var faulty = fault switch
        {
            "model" => bytePair with { Model = "unheard-of" },
            "pre" => bytePair with { Pre = "unheard-of" },
            "merges" => bytePair with { Merges = null },
            "merge without a space" => bytePair with { Merges = Texts("ab") },
            "scores" => Scored() with { Scores = null },
            "scores too short" => Scored() with { Scores = [1] },
            "score not a number" => Scored() with { Scores = Enumerable.Repeat(float.NaN, Pieces.Length).ToArray() },
            "types too short" => Scored() with { TokenTypes = [1] },
            "bos out of range" => Scored() with { BeginOfTextId = 99 },
            "twice" => bytePair with { Tokens = Texts("a", "b", "a") },
            _ => bytePair with { Tokens = [] },
        };
        Assert.Equal(3, Tokenizer.FromGguf(bytePair).VocabularySize);
        Assert.Contains("x.gguf", Assert.Throws<InputException>(() => Tokenizer.FromGguf(faulty)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromGguf_MergesOfSymbolsThatAreNoTokens_ComeOutByteByByte()
    {
        // "ab" is on the way to "abc" and is no token itself.
        var vocabulary = new GgufVocabulary { File = "x.gguf", Model = "gpt2", Pre = "gpt-2", Tokens = Texts("a", "b", "c", "abc"), Merges = Texts("a b", "ab c") };
        var tokenizer = Tokenizer.FromGguf(vocabulary);
        Assert.Equal([3], tokenizer.Encode("abc"));
        Assert.Equal([0, 1], tokenizer.Encode("ab"));
    }

    [Fact]
    public void FromGguf_EveryNameOfACuttingRule_Works()
    {
        foreach (var name in GgufPatterns.Names)
        {
            var tokenizer = Tokenizer.FromGguf(new GgufVocabulary
            {
                File = "x.gguf",
                Model = "gpt2",
                Pre = name,
                Tokens = Texts("a", "b", "Ġ", "1", "'", "s"),
                Merges = Texts("a b"),
            });
            var ids = tokenizer.Encode("ab 1234's\n中 é", addSpecialTokens: false);
            Assert.Contains(3, ids);
            Assert.Equal(4, tokenizer.Encode("1111", addSpecialTokens: false).Length);
        }
    }

    [Fact]
    public void Encode_PhiLikeFlags_AreReadFromTheModelsName()
    {
        var vocabulary = Scored() with { ModelName = "Phi-3 mini", AddBeginOfText = false };
        Assert.Equal([2, 7], Tokenizer.FromGguf(vocabulary).Encode("</s>   ab"));
        Assert.Equal([2, 3, 3, 3, 7], Tokenizer.FromGguf(vocabulary with { ModelName = "other" }).Encode("</s>   ab"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadSentencePiece_SmallModel_GivesIds(bool bpe)
    {
        var tokenizer = Load(Proto(bpe, Pieces));
        Assert.Equal(bpe ? [1, 7] : [7, 2], tokenizer.Encode("ab"));
        Assert.Equal([7, 7], tokenizer.Encode("  ab   ab ", addSpecialTokens: false));
        Assert.Equal("ab ab", tokenizer.Decode([7, 7]));
    }

    [Fact]
    public void ReadSentencePiece_EveryByteCutOrChanged_IsReadOrRefused()
    {
        var sound = Proto(bpe: true, Pieces);
        for (var i = 0; i < sound.Length; i++)
        {
            AssertReadOrRefused(sound[..i]);
            foreach (var value in (byte[])[0, 0x7F, 0x80, 0xFF])
            {
                var changed = sound.ToArray();
                changed[i] = value;
                AssertReadOrRefused(changed);
            }
        }

        static void AssertReadOrRefused(byte[] data)
        {
            try
            {
                Load(data).Encode("ab é");
            }
            catch (InputException error)
            {
                Assert.Contains("x.model", error.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void ReadTiktoken_SmallRanks_MergeByRank()
    {
        var tokenizer = Tiktoken("YQ== 0\nYg== 1\nYWI= 2\nIA== 3\n");
        Assert.Equal([2, 3, 2, 1], tokenizer.Encode("ab abb"));
        Assert.Equal("ab abb", tokenizer.Decode([2, 3, 2, 1]));
        Assert.Equal(9, Tiktoken("YQ== 0\n", new Dictionary<string, int> { ["<e>"] = 9 }).Encode("<e>")[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("YQ==\n")]
    [InlineData("YQ== x\n")]
    [InlineData("!!!! 1\n")]
    [InlineData("YQ== -1\n")]
    [InlineData("YQ== 0\nYQ== 1\n")]
    [InlineData("YQ== 0\nYg== 0\n")]
    [InlineData("YQ== 2000000000\n")]
    public void ReadTiktoken_Faulty_IsRefused(string ranks) => Assert.Throws<InputException>(() => Tiktoken(ranks));

    [Fact]
    public void ReadTiktoken_SpecialTokenOnATakenId_IsRefused() =>
        Assert.Throws<InputException>(() => Tiktoken("YQ== 0\n", new Dictionary<string, int> { ["<e>"] = 0 }));

    private static PipelineTokenizer Tiktoken(string ranks, Dictionary<string, int>? specials = null) =>
        new(TiktokenReader.Read(Encoding.UTF8.GetBytes(ranks), "x.tiktoken", "gpt2", specials ?? []));

    private static PipelineTokenizer Load(byte[] data) => new(SentencePieceTokenizer.Read(data, "x.model"));

    private static byte[][] Texts(params string[] texts) => texts.Select(Encoding.UTF8.GetBytes).ToArray();

    [Theory]
    [InlineData(null, 4)]
    [InlineData(true, 4)]
    [InlineData(false, 5)]
    public void FromGguf_NormalizerOfAWordPieceFile_DecidesOverCapitals(bool? lowercases, int expected)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("colibri-test-").FullName, "bert.gguf");
        try
        {
            var writer = new GgufWriter();
            writer.Add("general.architecture", "bert");
            writer.Add("tokenizer.ggml.model", "bert");
            writer.Add("tokenizer.ggml.tokens", new[] { "[PAD]", "[UNK]", "[CLS]", "[SEP]", "\u2581hello", "\u2581Hello" });
            writer.Add("tokenizer.ggml.token_type", new[] { 3, 2, 3, 3, 1, 1 });
            writer.Add("tokenizer.ggml.bos_token_id", 2u);
            writer.Add("tokenizer.ggml.seperator_token_id", 3u);
            writer.Add("tokenizer.ggml.unknown_token_id", 1u);
            if (lowercases is { } flag)
            {
                writer.Add("tokenizer.ggml.normalizer.lowercase", flag);
            }

            writer.Write(path);
            Assert.Contains(expected, Tokenizer.FromGguf(path).Encode("Hello"));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
        }
    }

    private static GgufVocabulary Scored() => new()
    {
        File = "x.gguf",
        Model = "llama",
        Tokens = Texts(Pieces),
        Scores = [0, 0, 0, -3, -4, -5, -1, -2, 0, 0],
        TokenTypes = [2, 3, 3, 1, 1, 1, 1, 1, 6, 6],
    };

    // A model file of the given pieces, field by field.
    private static byte[] Proto(bool bpe, string[] pieces)
    {
        var data = new List<byte>();
        for (var id = 0; id < pieces.Length; id++)
        {
            var text = Encoding.UTF8.GetBytes(pieces[id]);
            var type = id == 0 ? 2 : id < 3 ? 3 : pieces[id].StartsWith("<0x", StringComparison.Ordinal) ? 1 : 1;
            byte[] piece = [0x0A, (byte)text.Length, .. text, 0x15, .. BitConverter.GetBytes(-(float)id), 0x18, (byte)type];
            data.AddRange([0x0A, (byte)piece.Length, .. piece]);
        }

        data.AddRange([0x12, 2, 0x18, (byte)(bpe ? 2 : 1)]);
        data.AddRange([0x1A, 6, 0x18, 1, 0x20, 1, 0x28, 1]);
        return [.. data];
    }
}
