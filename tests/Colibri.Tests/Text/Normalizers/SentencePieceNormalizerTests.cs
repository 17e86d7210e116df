using System.Text;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;
using Colibri.Text.TokenModels;
using Xunit;

namespace Colibri.Tests.Text.Normalizers;

/// <summary>What sentencepiece 0.1.97 makes of spaces, with and without user-defined symbols that hold some.</summary>
public class SentencePieceNormalizerTests
{
    [Theory]
    [InlineData("a  b", false, "▁a▁b")]
    [InlineData("  a   b  ", false, "▁a▁b")]
    [InlineData("a  b", true, "▁a▁▁b")]
    [InlineData("a   b", true, "▁a▁▁b")]
    [InlineData("  a", true, "▁a")]
    [InlineData("a  ", true, "▁a")]
    [InlineData("   ", true, "")]
    public void Apply_Spaces_GoWhereOneCameBeforeButNotWithinASymbol(string text, bool symbol, string expected)
    {
        foreach (var tracks in new[] { false, true })
        {
            var source = new TextBuffer();
            source.Reset(tracks);
            source.AppendOriginal(Encoding.UTF8.GetBytes(text), 0);
            var normalized = new NormalizedText();
            normalized.Start(source, 0, source.Length, 0);
            new SentencePieceNormalizer { Symbols = symbol ? new TokenTrie([KeyValuePair.Create("  "u8.ToArray(), 0)]) : null }.Apply(normalized);
            Assert.Equal(expected, Encoding.UTF8.GetString(normalized.Bytes));
        }
    }
}
