using Colibri.Text.Pipeline;
using Colibri.Text.Unicode;

namespace Colibri.Text.PreTokenizers;

/// <summary>
/// Cuts as GPT-2's pattern does, by hand in one pass:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>. Every character lies in some part.
/// </summary>
internal sealed class Gpt2Splitter : ISplitter
{
    /// <summary>The one instance; it has no state.</summary>
    public static readonly Gpt2Splitter Instance = new();

    private enum Kind : byte
    {
        Letter,
        Number,
        Other,
        Space,
    }

    private static readonly Kind[] Ascii = BuildAscii();

    /// <inheritdoc/>
    public void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        var at = 0;
        while (at < text.Length)
        {
            var end = Next(text, at);
            parts.AddPart(at, end);
            at = end;
        }
    }

    private static int Next(ReadOnlySpan<byte> text, int at)
    {
        if (text[at] == '\'')
        {
            var contraction = Contraction(text, at);
            if (contraction > 0)
            {
                return at + contraction;
            }
        }

        var kind = KindAt(text, at, out var size);
        if (kind != Kind.Space)
        {
            return Run(text, at + size, kind);
        }

        if (text[at] == ' ' && at + 1 < text.Length)
        {
            var following = KindAt(text, at + 1, out size);
            if (following != Kind.Space)
            {
                return Run(text, at + 1 + size, following);
            }
        }

        return Spaces(text, at);
    }

    // \s+(?!\S)|\s+ : all white space; where a word follows, its last character is left to that word.
    private static int Spaces(ReadOnlySpan<byte> text, int at)
    {
        var last = at;
        var end = at;
        while (end < text.Length && KindAt(text, end, out var size) == Kind.Space)
        {
            last = end;
            end += size;
        }

        return end == text.Length || last == at ? end : last;
    }

    private static int Run(ReadOnlySpan<byte> text, int at, Kind kind)
    {
        while (at < text.Length && KindAt(text, at, out var size) == kind)
        {
            at += size;
        }

        return at;
    }

    private static int Contraction(ReadOnlySpan<byte> text, int at)
    {
        var first = at + 1 < text.Length ? text[at + 1] : 0;
        if (first is 's' or 't' or 'm' or 'd')
        {
            return 2;
        }

        var second = at + 2 < text.Length ? text[at + 2] : 0;
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? 3 : 0;
    }

    private static Kind KindAt(ReadOnlySpan<byte> text, int at, out int size)
    {
        int first = text[at];
        if (first < 0x80)
        {
            size = 1;
            return Ascii[first];
        }

        var codePoint = Utf8Text.Read(text, at, out size);
        return Classify(codePoint);
    }

    private static Kind Classify(int codePoint)
    {
        if (CharacterClass.IsSpace(codePoint))
        {
            return Kind.Space;
        }

        var bit = CharacterClass.CategoryBit(codePoint);
        return (bit & Categories.Letter) != 0 ? Kind.Letter : (bit & Categories.Number) != 0 ? Kind.Number : Kind.Other;
    }

    private static Kind[] BuildAscii()
    {
        var table = new Kind[0x80];
        for (var i = 0; i < table.Length; i++)
        {
            table[i] = Classify(i);
        }

        return table;
    }
}
