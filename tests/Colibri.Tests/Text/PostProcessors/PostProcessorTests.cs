using System.Text.Json.Nodes;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text.PostProcessors;

public class PostProcessorTests
{
    private const string Template =
        """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}},{"Sequence":{"id":"B","type_id":1}},{"SpecialToken":{"id":"[SEP]","type_id":1}}],"special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},"[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}}""";

    [Theory]
    [InlineData(Template, "1 3 4 2", "1 3 4 2 5 2", "0 0 0 0 1 1")]
    [InlineData("""{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]}""", "1 3 4 2", "1 3 4 2 5 2", "0 0 0 0 1 1")]
    [InlineData("""{"type":"RobertaProcessing","sep":["[SEP]",2],"cls":["[CLS]",1],"trim_offsets":true,"add_prefix_space":true}""", "1 3 4 2", "1 3 4 2 2 5 2", "0 0 0 0 0 0 0")]
    [InlineData("""{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":true}""", "3 4", "3 4 5", "0 0 1")]
    [InlineData("""{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"BertProcessing","sep":["[SEP]",2],"cls":["[CLS]",1]}]}""", "1 3 4 2", "1 3 4 2 5 2", "0 0 0 0 1 1")]
    [InlineData("null", "3 4", "3 4 5", "0 0 1")]
    public void Process_AsDefined_PutsTokensAround(string json, string single, string pair, string types)
    {
        var tokenizer = Load(json);
        Assert.Equal(single, string.Join(' ', tokenizer.Encode("x y")));
        Assert.Equal("3 4", string.Join(' ', tokenizer.Encode("x y", addSpecialTokens: false)));
        var text = tokenizer.TokenizePair("x y", "z");
        Assert.Equal(pair, string.Join(' ', text.Ids));
        Assert.Equal(types, string.Join(' ', text.TypeIds));
        Assert.Equal(text.Ids.Select(i => i < 3), text.IsAdded);
        Assert.Equal(text.Ids.Select(i => i < 3 ? -1 : i == 5 ? 1 : 0), text.SequenceIndices);
        Assert.Equal("3 4 5", string.Join(' ', tokenizer.TokenizePair("x y", "z", new TokenizeOptions { AddSpecialTokens = false }).Ids));
    }

    [Theory]
    [InlineData(5, TruncationStrategy.LongestFirst, false, "1 3 2 5 2", null)]
    [InlineData(6, TruncationStrategy.LongestFirst, false, "1 3 4 2 5 2", null)]
    [InlineData(5, TruncationStrategy.OnlyFirst, true, "1 4 2 5 2", null)]
    [InlineData(5, TruncationStrategy.OnlySecond, false, null, "nothing of the text")]
    [InlineData(2, TruncationStrategy.LongestFirst, false, null, "no room")]
    [InlineData(3, TruncationStrategy.LongestFirst, false, "1 2 2", null)]
    public void Truncate_Pair_CutsWhatTheStrategySays(int length, TruncationStrategy strategy, bool fromLeft, string? expected, string? error)
    {
        var options = new TokenizeOptions { Truncation = new TruncationSettings { MaxLength = length, Strategy = strategy, FromLeft = fromLeft } };
        if (error is null)
        {
            Assert.Equal(expected, string.Join(' ', Load(Template).TokenizePair("x y", "z", options).Ids));
        }
        else
        {
            Assert.Contains(error, Assert.Throws<InputException>(() => Load(Template).TokenizePair("x y", "z", options)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Truncate_WithStride_GivesTheRestInOverlappingParts()
    {
        var options = new TokenizeOptions { Truncation = new TruncationSettings { MaxLength = 5, Stride = 1 } };
        var text = Load(Template).Tokenize("x y z x y z", options);
        Assert.Equal([1, 3, 4, 5, 2], text.Ids);
        Assert.Equal(["1 5 3 4 2", "1 4 5 2"], text.Overflow.Select(o => string.Join(' ', o.Ids)));
        var left = Load(Template).Tokenize("x y z x y z", options with { Truncation = options.Truncation! with { FromLeft = true } });
        Assert.Equal([1, 3, 4, 5, 2], left.Ids);
        Assert.Equal(6, left.Spans[1].Utf8Start);
        Assert.Throws<InputException>(() => Load(Template).Tokenize("x y z x", options with { Truncation = options.Truncation! with { Stride = 3 } }));
        Assert.Throws<InputException>(() => Load(Template).Tokenize("x y z x", options with { Truncation = new TruncationSettings { MaxLength = 3, Strategy = TruncationStrategy.OnlySecond } }));
    }

    [Fact]
    public void Pad_Batch_GoesToTheLongest()
    {
        var padding = new PaddingSettings { PadId = 6, PadTypeId = 9 };
        var texts = Load(Template).TokenizeBatch(["x", "x y z"], new TokenizeOptions { Padding = padding });
        Assert.Equal([1, 3, 2, 6, 6], texts[0].Ids);
        Assert.Equal([1, 1, 1, 0, 0], texts[0].AttentionMask);
        Assert.Equal([0, 0, 0, 9, 9], texts[0].TypeIds);
        Assert.Equal([true, false, true, true, true], texts[0].IsAdded);
        Assert.Equal([1, 3, 4, 5, 2], texts[1].Ids);
        Assert.Equal([1, 1, 1, 1, 1], texts[1].AttentionMask);
        var left = Load(Template).TokenizeBatch(["x", "x y z"], new TokenizeOptions { Padding = padding with { OnLeft = true, MultipleOf = 4 } });
        Assert.Equal([6, 6, 6, 6, 6, 1, 3, 2], left[0].Ids);
        Assert.Equal([0, 0, 0, 0, 0, 1, 1, 1], left[0].AttentionMask);
        Assert.Equal(7, Load(Template).Tokenize("x", new TokenizeOptions { Padding = padding with { Length = 7 } }).Ids.Length);
        Assert.Throws<InputException>(() => Load(Template).Tokenize("x", new TokenizeOptions { Padding = padding with { Length = int.MaxValue } }));
    }

    [Fact]
    public void TokenizePairBatch_Pairs_AreThoseOneByOne()
    {
        var tokenizer = Load(Template);
        var pairs = Enumerable.Range(0, 100).Select(i => (i % 2 == 0 ? "x" : "x y", i % 3 == 0 ? "z" : "y z")).ToArray();
        var batch = tokenizer.TokenizePairBatch(pairs);
        for (var i = 0; i < pairs.Length; i++)
        {
            Assert.Equal(tokenizer.TokenizePair(pairs[i].Item1, pairs[i].Item2).Ids, batch[i].Ids);
        }
    }

    [Fact]
    public void Tokenize_BrokenUtf8_GivesSpansOfItsBytesAndItsString()
    {
        byte[] utf8 = [(byte)'x', 0xE4, 0xB8, (byte)' ', 0xF0, 0x9F, 0x98, 0x80, 0xFF, (byte)'y'];
        var json = TokenizerJsonBuilder.ByteLevel();
        json["post_processor"] = null;
        var tokenizer = TokenizerJsonBuilder.Load(json);
        var text = tokenizer.Tokenize(utf8);
        Assert.Equal(tokenizer.Encode("x\uFFFD 😀\uFFFDy"), text.Ids);
        Assert.Equal(new TokenSpan(0, 1, 0, 1), text.Spans[0]);
        Assert.Equal(new TokenSpan(1, 3, 1, 2), text.Spans[1]);
        Assert.Equal(new TokenSpan(3, 4, 2, 3), text.Spans[4]);
        Assert.Equal(new TokenSpan(4, 8, 3, 5), text.Spans[5]);
        Assert.Equal(new TokenSpan(9, 10, 6, 7), text.Spans[^1]);
    }

    [Fact]
    public void Tokenize_TrimmedSpans_LeaveSpacesOut()
    {
        var json = TokenizerJsonBuilder.ByteLevel();
        json["post_processor"] = TokenizerJsonBuilder.Parse("""{"type":"ByteLevel","trim_offsets":true,"add_prefix_space":false}""");
        var text = TokenizerJsonBuilder.Load(json).Tokenize("hello world");
        Assert.Equal([(0, 5), (6, 11)], text.Spans.Select(s => (s.Utf8Start, s.Utf8End)));
        json["post_processor"]!["trim_offsets"] = false;
        text = TokenizerJsonBuilder.Load(json).Tokenize("hello world");
        Assert.Equal([(0, 5), (5, 11)], text.Spans.Select(s => (s.Utf8Start, s.Utf8End)));
        Assert.Equal([0, 1], text.WordIndices);
    }

    private static Tokenizer Load(string processor)
    {
        var json = TokenizerJsonBuilder.WordLevel("[CLS]", "[SEP]", "x", "y", "z", "[PAD]");
        json["pre_tokenizer"] = TokenizerJsonBuilder.Parse("""{"type":"WhitespaceSplit"}""");
        json["post_processor"] = JsonNode.Parse(processor);
        return TokenizerJsonBuilder.Load(json);
    }
}
