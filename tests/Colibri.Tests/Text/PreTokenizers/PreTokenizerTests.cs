using System.Text;
using Colibri.Text;
using Xunit;

namespace Colibri.Tests.Text.PreTokenizers;

public class PreTokenizerTests
{
    [Theory]
    [InlineData("""{"type":"Whitespace"}""", "Hey man! a_b é", "Hey|man|!|a_b|é")]
    [InlineData("""{"type":"WhitespaceSplit"}""", " Hey\tman! \u3000x", "Hey|man!|x")]
    [InlineData("""{"type":"BertPreTokenizer"}""", "Hey, $5—ok", "Hey|,|$|5|—|ok")]
    [InlineData("""{"type":"Punctuation","behavior":"Isolated"}""", "a.b..c", "a|.|b|.|.|c")]
    [InlineData("""{"type":"Punctuation"}""", "a.b", "a|.|b")]
    [InlineData("""{"type":"Punctuation","behavior":"Contiguous"}""", "a..c", "a|..|c")]
    [InlineData("""{"type":"Digits","individual_digits":true}""", "a12b٣", "a|1|2|b|٣")]
    [InlineData("""{"type":"Digits","individual_digits":false}""", "a12b", "a|12|b")]
    [InlineData("""{"type":"CharDelimiterSplit","delimiter":"é"}""", "aébéé", "a|b")]
    [InlineData("""{"type":"FixedLength","length":2}""", "aébcd", "aé|bc|d")]
    [InlineData("""{"type":"UnicodeScripts"}""", "Apples are りんご 林檎", "Apples are |りんご 林檎")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Removed","invert":false}""", "the-final--countdown", "the|final|countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Isolated","invert":false}""", "the-final--countdown", "the|-|final|-|-|countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithPrevious","invert":false}""", "the-final--countdown", "the-|final-|-|countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"MergedWithNext","invert":false}""", "the-final--countdown", "the|-final|-|-countdown")]
    [InlineData("""{"type":"Split","pattern":{"String":"-"},"behavior":"Contiguous","invert":false}""", "the-final--countdown", "the|-|final|--|countdown")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"\\w+"},"behavior":"Removed","invert":true}""", "a, b", "a|b")]
    [InlineData("""{"type":"Split","pattern":{"Regex":"(?=b)"},"behavior":"Isolated","invert":false}""", "abab", "a|ba|b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", "Hey my  friend", "▁Hey|▁my|▁|▁friend")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never","split":true}""", "Hey you", "Hey|▁you")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", "Hey you", "Hey|▁you")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":false}""", "Hey you", "▁Hey▁you")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":true}""", "Hey<x>you", "▁Hey|<x>|you")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always","split":true}""", "Hey<x>you", "▁Hey|<x>|▁you")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}""", "Hello 12 x's", "ĠHello|Ġ12|Ġx|'s")]
    [InlineData("""{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "Hé y", "HÃ©Ġy")]
    [InlineData("""{"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},{"type":"Punctuation"}]}""", "Hey friend!", "Hey|friend|!")]
    public void Apply_AsDefined_GivesTheWords(string json, string text, string expected)
    {
        // All words are known, so their ids tell where the text was cut.
        var words = expected.Split('|').Distinct().ToArray();
        var definition = TokenizerJsonBuilder.WordLevel(words);
        definition["pre_tokenizer"] = TokenizerJsonBuilder.Parse(json);
        definition["added_tokens"]!.AsArray().Add(TokenizerJsonBuilder.Added(Array.IndexOf(words, "<x>") is var i and >= 0 ? i + 1 : words.Length + 1, "<x>", special: false));
        var tokenizer = TokenizerJsonBuilder.Load(definition);
        Assert.Equal(expected, string.Join('|', tokenizer.Encode(text).Select(tokenizer.TokenText)));
    }

    [Fact]
    public void Read_SchemeThatContradictsThePrefix_IsRefused()
    {
        var definition = TokenizerJsonBuilder.WordLevel("a");
        definition["pre_tokenizer"] = TokenizerJsonBuilder.Parse("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false,"prepend_scheme":"first"}""");
        Assert.Throws<InputException>(() => TokenizerJsonBuilder.Load(definition));
    }

    [Fact]
    public void Split_Gpt2ByHand_IsThePattern()
    {
        const string pattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
        var byHand = Cutter(pattern);
        var byPattern = Cutter("(?:" + pattern + ")");
        string[] alphabet = ["a", "B", "é", "中", "1", "٣", "½", " ", "  ", "\t", "\n", "\r\n", "\u00A0", "\u3000", "'", "'s", "'ll", "'re", "'S", "!", "_", "\u0301", "😀", "\u200D"];
        var random = new Random(3);
        for (var round = 0; round < 3_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(14)).Select(_ => alphabet[random.Next(alphabet.Length)]));
            Assert.Equal(Spans(byPattern, text), Spans(byHand, text));
        }

        static Tokenizer Cutter(string pattern)
        {
            var definition = TokenizerJsonBuilder.WordLevel();
            definition["pre_tokenizer"] = new System.Text.Json.Nodes.JsonObject
            {
                ["type"] = "Split",
                ["pattern"] = new System.Text.Json.Nodes.JsonObject { ["Regex"] = pattern },
                ["behavior"] = "Isolated",
                ["invert"] = false,
            };
            return TokenizerJsonBuilder.Load(definition);
        }

        static string Spans(Tokenizer tokenizer, string text) =>
            new StringBuilder(text).Append(':').AppendJoin(' ', tokenizer.Tokenize(text).Spans.Select(s => $"{s.Utf16Start}-{s.Utf16End}")).ToString();
    }
}
