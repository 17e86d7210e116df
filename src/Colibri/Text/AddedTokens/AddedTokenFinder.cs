using System.Buffers;
using Colibri.Text.Unicode;

namespace Colibri.Text.AddedTokens;

/// <summary>
/// Finds added tokens in a text: leftmost first, the longest of those that begin at one place, without overlap. The
/// tokens lie in a trie; the search jumps from one possible first byte to the next.
/// </summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<long, int> edges = [];
    private readonly List<int> tokenAt = [-1];
    private readonly List<AddedToken> tokens = [];
    private readonly SearchValues<byte> firstBytes;

    /// <summary>Creates a finder.</summary>
    /// <param name="entries">Tokens with the bytes they are looked for by.</param>
    public AddedTokenFinder(IEnumerable<KeyValuePair<byte[], AddedToken>> entries)
    {
        var first = new HashSet<byte>();
        foreach (var (bytes, token) in entries)
        {
            if (bytes.Length > 0)
            {
                first.Add(bytes[0]);
                Insert(bytes, token);
            }
        }

        firstBytes = SearchValues.Create(first.ToArray());
    }

    /// <summary>Whether there is nothing to find.</summary>
    public bool IsEmpty => tokens.Count == 0;

    /// <summary>Finds the next token from a position on.</summary>
    /// <param name="text">Text to search.</param>
    /// <param name="from">Where to go on: the end of the match before, or of a rejected one.</param>
    /// <param name="covered">Where the match before ended: white space before that is not taken again.</param>
    /// <param name="parseSpecial">Whether special tokens count.</param>
    /// <param name="match">What was found.</param>
    public bool TryFind(ReadOnlySpan<byte> text, int from, int covered, bool parseSpecial, out AddedTokenMatch match)
    {
        for (var at = from; at < text.Length;)
        {
            var skip = text[at..].IndexOfAny(firstBytes);
            if (skip < 0)
            {
                break;
            }

            at += skip;
            var length = LongestAt(text[at..], out var token);
            if (length == 0)
            {
                at++;
                continue;
            }

            if (Accepts(token!, text, at, at + length, parseSpecial))
            {
                var start = token!.StripsLeft ? Math.Max(covered, SpacesBefore(text, at)) : at;
                var end = token.StripsRight ? SpacesAfter(text, at + length) : at + length;
                match = new AddedTokenMatch(start, end, token.Id);
                return true;
            }

            // A match that does not count is text, whole: no token is looked for inside it.
            at += length;
        }

        match = default;
        return false;
    }

    private static bool Accepts(AddedToken token, ReadOnlySpan<byte> text, int start, int end, bool parseSpecial)
    {
        if (token.Special && !parseSpecial)
        {
            return false;
        }

        return !token.SingleWord
            || (!(TryReadBefore(text, start, out var before, out _) && CharacterClass.IsWord(before))
                && !(TryRead(text, end, out var after, out _) && CharacterClass.IsWord(after)));
    }

    private static int SpacesBefore(ReadOnlySpan<byte> text, int at)
    {
        while (TryReadBefore(text, at, out var character, out var size) && CharacterClass.IsSpace(character))
        {
            at -= size;
        }

        return at;
    }

    private static int SpacesAfter(ReadOnlySpan<byte> text, int at)
    {
        while (TryRead(text, at, out var character, out var size) && CharacterClass.IsSpace(character))
        {
            at += size;
        }

        return at;
    }

    // The text may hold bytes that are not UTF-8, which are neither space nor word.
    private static bool TryRead(ReadOnlySpan<byte> text, int at, out int character, out int size)
    {
        size = at < text.Length ? Utf8Text.PatternLength(text[at..]) : 0;
        character = size == 0 ? 0 : Utf8Text.Read(text, at, out _);
        return size > 0 && character <= 0x10FFFF;
    }

    private static bool TryReadBefore(ReadOnlySpan<byte> text, int at, out int character, out int size)
    {
        character = size = 0;
        for (var start = at - 1; start >= 0 && start >= at - 4; start--)
        {
            if ((text[start] & 0xC0) != 0x80)
            {
                return TryRead(text, start, out character, out size) && start + size == at;
            }
        }

        return false;
    }

    private int LongestAt(ReadOnlySpan<byte> text, out AddedToken? token)
    {
        var node = 0;
        var length = 0;
        token = null;
        for (var i = 0; i < text.Length && edges.TryGetValue(((long)node << 8) | text[i], out node); i++)
        {
            if (tokenAt[node] >= 0)
            {
                token = tokens[tokenAt[node]];
                length = i + 1;
            }
        }

        return length;
    }

    private void Insert(byte[] bytes, AddedToken token)
    {
        var node = 0;
        foreach (var b in bytes)
        {
            var edge = ((long)node << 8) | b;
            if (!edges.TryGetValue(edge, out var child))
            {
                child = tokenAt.Count;
                tokenAt.Add(-1);
                edges.Add(edge, child);
            }

            node = child;
        }

        tokenAt[node] = tokens.Count;
        tokens.Add(token);
    }
}
