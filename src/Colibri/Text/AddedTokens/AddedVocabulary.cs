using System.Text;
using Colibri.Text.Normalizers;
using Colibri.Text.Pipeline;

namespace Colibri.Text.AddedTokens;

/// <summary>
/// The added tokens of a tokenizer. Those not normalized are cut out of the raw text first; what lies between is
/// normalized, and the others are cut out of that.
/// </summary>
internal sealed class AddedVocabulary
{
    private readonly AddedTokenFinder raw;
    private readonly AddedTokenFinder normalized;

    /// <summary>Creates the vocabulary.</summary>
    /// <param name="tokens">The tokens; of several with one id the last counts.</param>
    /// <param name="normalizer">The tokenizer's normalizer, or null.</param>
    /// <param name="decodeNormalized">Whether the decoder expects normalized tokens in their normalized spelling.</param>
    public AddedVocabulary(IEnumerable<AddedToken> tokens, Normalizer? normalizer, bool decodeNormalized)
    {
        ById = [];
        foreach (var token in tokens)
        {
            ById[token.Id] = token;
        }

        raw = new AddedTokenFinder(ById.Values.Where(t => !t.Normalized).Select(t => KeyValuePair.Create(Encoding.UTF8.GetBytes(t.Content), t)));
        normalized = new AddedTokenFinder(ById.Values.Where(t => t.Normalized).Select(t => KeyValuePair.Create(Normalize(t.Content, normalizer), t)));
        SpecialTexts = ById.Values.Where(t => t.Special).Select(t => t.Content).ToHashSet(StringComparer.Ordinal);
        DecodedTexts = ById.ToDictionary(p => p.Key, p => p.Value.Normalized && decodeNormalized ? Encoding.UTF8.GetString(Normalize(p.Value.Content, normalizer)) : p.Value.Content);
    }

    /// <summary>The tokens by id.</summary>
    public Dictionary<int, AddedToken> ById { get; }

    /// <summary>The texts of the special tokens.</summary>
    public HashSet<string> SpecialTexts { get; }

    /// <summary>What each token is to a decoder.</summary>
    public Dictionary<int, string> DecodedTexts { get; }

    /// <summary>Cuts the added tokens out of the raw text, normalizes what is between and fills the pre-tokenized text.</summary>
    /// <param name="source">Valid UTF-8 with its origins.</param>
    /// <param name="parseSpecial">Whether special tokens in the text count.</param>
    /// <param name="normalizer">The tokenizer's normalizer, or null.</param>
    /// <param name="room">Working room.</param>
    /// <param name="target">Empty; takes the pieces.</param>
    public void Extract(TextBuffer source, bool parseSpecial, Normalizer? normalizer, NormalizedText room, PreTokenizedText target)
    {
        var text = source.Bytes;
        var start = 0;
        for (var from = 0; !raw.IsEmpty && raw.TryFind(text, from, start, parseSpecial, out var match); from = start)
        {
            AddText(source, start, match.Start, parseSpecial, normalizer, room, target);
            AddToken(source, match.Start, match.End, match.Id, target);
            start = match.End;
        }

        AddText(source, start, text.Length, parseSpecial, normalizer, room, target);
    }

    private static byte[] Normalize(string content, Normalizer? normalizer)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        if (normalizer is null)
        {
            return bytes;
        }

        var source = new TextBuffer();
        source.Append(bytes, 0, 0);
        var text = new NormalizedText();
        text.Start(source, 0, bytes.Length, 0);
        normalizer.Apply(text);
        return text.Bytes.ToArray();
    }

    private static void AddToken(TextBuffer source, int start, int end, int id, PreTokenizedText target)
    {
        var at = target.Text.Length;
        target.Text.Append(source, start, end - start);
        target.Pieces.Add(new Piece(at, target.Text.Length, id, start));
    }

    private void AddText(TextBuffer source, int start, int end, bool parseSpecial, Normalizer? normalizer, NormalizedText room, PreTokenizedText target)
    {
        if (start >= end)
        {
            return;
        }

        var origin = source.Tracks ? source.OriginStart(start) : start;
        var at = target.Text.Length;
        if (normalizer is null)
        {
            target.Text.Append(source, start, end - start);
        }
        else
        {
            room.Start(source, start, end - start, origin);
            normalizer.Apply(room);
            target.Text.Append(room.Current, 0, room.Current.Length);
        }

        var text = target.Text.Bytes[at..];
        var done = 0;
        for (var from = 0; !normalized.IsEmpty && normalized.TryFind(text, from, done, parseSpecial, out var match); from = done)
        {
            AddPart(target, at, done, match.Start, -1, origin);
            AddPart(target, at, match.Start, match.End, match.Id, origin);
            done = match.End;
        }

        AddPart(target, at, done, text.Length, -1, origin);
    }

    private static void AddPart(PreTokenizedText target, int at, int start, int end, int id, int origin)
    {
        if (end > start)
        {
            target.Pieces.Add(new Piece(at + start, at + end, id, start == 0 ? origin : Math.Max(origin, 0) + 1));
        }
    }
}
