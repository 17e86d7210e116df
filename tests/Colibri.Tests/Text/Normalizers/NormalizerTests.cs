using System.Text;
using Colibri.Text.Files;
using Colibri.Text.Pipeline;
using Xunit;

namespace Colibri.Tests.Text.Normalizers;

public class NormalizerTests
{
    [Theory]
    [InlineData("""{"type":"Lowercase"}""", "HeLLo ÀÉ İ ẞ ΑΣ", "hello àé i\u0307 ß ας", "hello àé i\u0307 ß ασ")]
    [InlineData("""{"type":"NFC"}""", "e\u0301 \u1112\u1161\u11AB A\u030A", "é 한 Å", null)]
    [InlineData("""{"type":"NFD"}""", "é 한", "e\u0301 \u1112\u1161\u11AB", null)]
    [InlineData("""{"type":"NFKC"}""", "ﬁ ㎏ ① ｶﾞ", "fi kg 1 ガ", null)]
    [InlineData("""{"type":"NFKD"}""", "ﬁé", "fie\u0301", null)]
    [InlineData("""{"type":"StripAccents"}""", "e\u0301क्", "eक", null)]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", " \t a b \u3000", "a b", null)]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":false}""", "  a ", "a ", null)]
    [InlineData("""{"type":"Strip","strip_left":false,"strip_right":true}""", "  a ", "  a", null)]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", "   ", "", null)]
    [InlineData("""{"type":"Replace","pattern":{"String":"ab"},"content":"c"}""", "ababab b", "ccc b", null)]
    [InlineData("""{"type":"Replace","pattern":{"String":""},"content":"c"}""", "ab", "ab", null)]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "}""", "a \t b", "a b", null)]
    [InlineData("""{"type":"Replace","pattern":{"Regex":"(?<=a)"},"content":"-"}""", "aba", "a-ba-", null)]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a", null)]
    [InlineData("""{"type":"Append","append":"▁"}""", "a", "a▁", null)]
    [InlineData("""{"type":"ByteLevel"}""", "é x", "Ã©Ġx", null)]
    [InlineData("""{"type":"Nmt"}""", "a\u0001b\u200Bc\u2028d", "ab c d", null)]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "Héllo\u0007\t中X\uFFFD", "hello  中 x", null)]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":false,"lowercase":true}""", "HÉ", "hé", null)]
    [InlineData("""{"type":"BertNormalizer","clean_text":false,"handle_chinese_chars":false,"strip_accents":null,"lowercase":false}""", "HÉ\t中", "HÉ\t中", null)]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "A\r\nB\u0000c", "a  bc", null)]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"NFD"},{"type":"Lowercase"},{"type":"StripAccents"}]}""", "ÀÉ", "ae", null)]
    [InlineData("""{"type":"Sequence","normalizers":[]}""", "x", "x", null)]
    public void Apply_AsDefined_GivesTheText(string json, string text, string expected, string? exact)
    {
        Assert.Equal(exact ?? expected, Normalize(json, text, tracks: false).Text);
        Assert.Equal(exact ?? expected, Normalize(json, text, tracks: true).Text);
    }

    [Theory]
    [InlineData("""{"type":"NFD"}""", "aé", "0-1 1-3 1-3 1-3")]
    [InlineData("""{"type":"NFC"}""", "ae\u0301b", "0-1 1-2 1-2 4-5")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "ab", "0-1 0-1 0-1 0-1 1-2")]
    [InlineData("""{"type":"Replace","pattern":{"String":"b"},"content":"xy"}""", "abc", "0-1 1-2 1-2 2-3")]
    [InlineData("""{"type":"Strip","strip_left":true,"strip_right":true}""", "  a ", "2-3")]
    [InlineData("""{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", "A\u0007中", "0-1 2-5 2-5 2-5 2-5 2-5")]
    public void Apply_WithOrigins_KeepsThemAsTheReferenceDoes(string json, string text, string expected) =>
        Assert.Equal(expected, Normalize(json, text, tracks: true).Origins);

    [SkippableFact]
    public void Apply_NormalizationTestOfUnicode_GivesAllForms()
    {
        const string file = "/usr/share/unicode/NormalizationTest.txt.bz2";
        Skip.IfNot(File.Exists(file), "the Unicode Character Database is not installed");
        using var bunzip = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bzcat", file) { RedirectStandardOutput = true })!;
        var lines = bunzip.StandardOutput.ReadToEnd().Split('\n');
        var checkedLines = 0;
        foreach (var line in lines.Where(l => l.Length > 0 && l[0] is not ('#' or '@')))
        {
            var forms = line.Split(';').Take(5).Select(f => string.Concat(f.Split(' ').Select(c => char.ConvertFromUtf32(Convert.ToInt32(c, 16))))).ToArray();
            for (var i = 0; i < 5; i++)
            {
                Assert.Equal(forms[i < 3 ? 1 : 3], Normalize("""{"type":"NFC"}""", forms[i], i % 2 == 0).Text);
                Assert.Equal(forms[i < 3 ? 2 : 4], Normalize("""{"type":"NFD"}""", forms[i], i % 2 == 0).Text);
                Assert.Equal(forms[3], Normalize("""{"type":"NFKC"}""", forms[i], i % 2 == 0).Text);
                Assert.Equal(forms[4], Normalize("""{"type":"NFKD"}""", forms[i], i % 2 == 0).Text);
            }

            checkedLines++;
        }

        Assert.InRange(checkedLines, 19_000, 30_000);
    }

    private static (string Text, string Origins) Normalize(string json, string text, bool tracks)
    {
        var normalizer = NormalizerReader.Read(JsonField.Parse(Encoding.UTF8.GetBytes(json), "normalizer.json"));
        var source = new TextBuffer();
        source.Reset(tracks);
        source.AppendOriginal(Encoding.UTF8.GetBytes(text), 0);
        var normalized = new NormalizedText();
        normalized.Start(source, 0, source.Length, 0);
        normalizer.Apply(normalized);
        var origins = tracks
            ? string.Join(' ', Enumerable.Range(0, normalized.Current.Length).Select(i => $"{normalized.Current.OriginStart(i)}-{normalized.Current.OriginEnd(i)}"))
            : "";
        return (Encoding.UTF8.GetString(normalized.Bytes), origins);
    }
}
