using System.Text;
using Colibri.Text.Decoders;
using Colibri.Text.Files;
using Xunit;

namespace Colibri.Tests.Text.Decoders;

public class DecoderTests
{
    private const string Llama =
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""";

    [Theory]
    [InlineData("""{"type":"ByteLevel"}""", "Hé|llo|Ġwor|ld|Ã|©", "H\uFFFDllo world\u00E9")]
    [InlineData("""{"type":"ByteLevel"}""", "a b|Ã", "a b\uFFFD")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":true}""", "##uelo|Ara|##új|##o|No|!|do|n't", "##uelo Araújo No! don't", " ")]
    [InlineData("""{"type":"WordPiece","prefix":"##","cleanup":false}""", "a|.|##b", "a .b")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "▁Hey|▁you▁x", "Hey you x")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "▁Hey|▁you", " Hey you")]
    [InlineData("""{"type":"BPEDecoder","suffix":"</w>"}""", "he|llo</w>|you</w>", "hello you")]
    [InlineData("""{"type":"ByteFallback"}""", "a|<0xC3>|<0xA9>|b|<0xC3>|<0xC3>|<0x4a>", "aéb\uFFFD\uFFFD\uFFFD")]
    [InlineData("""{"type":"Fuse"}""", "a|b", "ab")]
    [InlineData("""{"type":"Strip","content":"H","start":1,"stop":0}""", "Hey|HHy|x", "eyHyx")]
    [InlineData("""{"type":"Strip","content":"y","start":0,"stop":1}""", "Hey|yy|x", "Heyx")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"y","start":0,"stop":2}]}""", "yH|ey|yy", "yHey")]
    [InlineData("""{"type":"Replace","pattern":{"String":"_"},"content":" "}""", "a_|_b", "a  b")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"[ab]+"},"content":"x"}""", "aab|bc", "xxc")]
    [InlineData("""{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"abc"},"content":"x"}]}""", "a|ab|cab|c|ab", "axxab")]
    [InlineData("""{"type":"CTC","pad_token":"<pad>","word_delimiter_token":"|","cleanup":true}""", "<pad>;h;h;e;l;<pad>;l;o;o;|;<pad>;!", "hello !", ";")]
    [InlineData(Llama, "▁Hey|▁|<0xF0>|<0x9F>|<0x98>|<0x80>|▁you", "Hey 😀 you")]
    [InlineData(Llama, "<0x20>|a", "a")]
    [InlineData(Llama, "", "")]
    public void Decode_AsDefined_GivesTheText(string json, string tokens, string expected, string separator = "|")
    {
        var decoder = DecoderReader.Read(JsonField.Parse(Encoding.UTF8.GetBytes(json), "decoder.json"));
        var list = tokens.Length == 0 ? [] : tokens.Split(separator == " " ? "|" : separator);
        var whole = new TextStage();
        var stage = decoder.CreateStage(whole);
        var pieces = new StringBuilder();
        var stream = new TextStage();
        var streamed = decoder.CreateStage(stream);
        foreach (var token in list)
        {
            stage.Write(token, last: true);
            streamed.Write(token, last: true);
            pieces.Append(stream.Take());
        }

        stage.Finish();
        streamed.Finish();
        Assert.Equal(expected, whole.Take());
        Assert.Equal(expected, pieces.Append(stream.Take()).ToString());
    }

    [Fact]
    public void Decode_LlamaInAStream_DoesNotWaitForTheEnd()
    {
        var decoder = DecoderReader.Read(JsonField.Parse(Encoding.UTF8.GetBytes(Llama), "decoder.json"));
        var text = new TextStage();
        var stage = decoder.CreateStage(text);
        stage.Write("▁Hey", last: true);
        Assert.Equal("Hey", text.Take());
        stage.Write("▁you", last: true);
        Assert.Equal(" you", text.Take());
        stage.Write("<0xC3>", last: true);
        Assert.Equal("", text.Take());
    }

    [Fact]
    public void CreateStreamingDecoder_BehindAPrompt_KeepsTheSpaceOfTheFirstWord()
    {
        var json = TokenizerJsonBuilder.WordLevel("▁Hey", "▁you");
        json["decoder"] = TokenizerJsonBuilder.Parse(Llama);
        var tokenizer = TokenizerJsonBuilder.Load(json);
        Assert.Equal("you", tokenizer.CreateStreamingDecoder().Append(2));
        Assert.Equal(" you", tokenizer.CreateStreamingDecoder([1]).Append(2));
    }

    [Fact]
    public void Decode_NoDecoder_PutsSpacesBetween()
    {
        var tokenizer = TokenizerJsonBuilder.Load(TokenizerJsonBuilder.WordLevel("a", "b"));
        Assert.Equal("a b a", tokenizer.Decode([1, 2, 1]));
    }
}
