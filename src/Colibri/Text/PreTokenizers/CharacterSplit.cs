using System.Text;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>Cuts at single characters of a kind, as most simple pre-tokenizers do.</summary>
internal sealed class CharacterSplit(Func<int, bool> separates, SplitBehaviour behaviour) : MatchSplitter(behaviour, invert: false)
{
    private readonly bool[] ascii = Enumerable.Range(0, 0x80).Select(separates).ToArray();

    /// <summary>WhitespaceSplit: at white space, which goes.</summary>
    public static CharacterSplit AtWhitespace() => new(CharacterClass.IsSpace, SplitBehaviour.Removed);

    /// <summary>Punctuation: at ASCII punctuation and symbols, and at \p{P}.</summary>
    public static CharacterSplit AtPunctuation(SplitBehaviour behaviour) => new(CharacterClass.IsBertPunctuation, behaviour);

    /// <summary>Digits: at \p{N}, one by one or together.</summary>
    public static CharacterSplit AtDigits(bool oneByOne) =>
        new(CharacterClass.IsNumber, oneByOne ? SplitBehaviour.Isolated : SplitBehaviour.Contiguous);

    /// <summary>CharDelimiterSplit: at one character, which goes.</summary>
    public static CharacterSplit At(Rune delimiter) => new(c => c == delimiter.Value, SplitBehaviour.Removed);

    /// <inheritdoc/>
    protected override void FindMatches(ReadOnlySpan<byte> text, ref Cutter cutter)
    {
        for (var i = 0; i < text.Length;)
        {
            var codePoint = Utf8Text.Read(text, i, out var size);
            if (codePoint < 0x80 ? ascii[codePoint] : separates(codePoint))
            {
                cutter.Match(i, i + size);
            }

            i += size;
        }
    }
}
