using System.Text;
using Colibri.Text.Pipeline;
using Colibri.Text.PostProcessors;

namespace Colibri.Text;

/// <content>Encoding.</content>
internal sealed partial class PipelineTokenizer
{
    /// <inheritdoc/>
    public override int[] Encode(ReadOnlySpan<byte> utf8, bool addSpecialTokens = true, bool parseSpecialTokens = true)
    {
        var list = Run(utf8, 0, detailed: false, parseSpecialTokens);
        return parts.PostProcessor is null || !addSpecialTokens
            ? list.Ids
            : TokenList.Join(parts.PostProcessor.Process([list], addSpecialTokens)).Ids;
    }

    /// <inheritdoc/>
    public override TokenizedText Tokenize(ReadOnlySpan<byte> utf8, TokenizeOptions? options = null)
    {
        options ??= new TokenizeOptions();
        return Finish([Finish(Run(utf8, 0, detailed: true, options.ParseSpecialTokens), null, options)], options)[0];
    }

    /// <inheritdoc/>
    public override TokenizedText TokenizePair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, TokenizeOptions? options = null)
    {
        options ??= new TokenizeOptions();
        return Finish([RunPair(first, second, options)], options)[0];
    }

    /// <inheritdoc/>
    public override TokenizedText[] TokenizeBatch(IReadOnlyList<string> texts, TokenizeOptions? options = null)
    {
        options ??= new TokenizeOptions();
        var lists = new TokenList[texts.Count];
        Batch.Run(lists.Length, i => lists[i] = Finish(Run(Encoding.UTF8.GetBytes(texts[i]), 0, detailed: true, options.ParseSpecialTokens), null, options));
        return Finish(lists, options);
    }

    /// <inheritdoc/>
    public override TokenizedText[] TokenizePairBatch(IReadOnlyList<(string First, string Second)> pairs, TokenizeOptions? options = null)
    {
        options ??= new TokenizeOptions();
        var lists = new TokenList[pairs.Count];
        Batch.Run(lists.Length, i => lists[i] = RunPair(Encoding.UTF8.GetBytes(pairs[i].First), Encoding.UTF8.GetBytes(pairs[i].Second), options));
        return Finish(lists, options);
    }

    private TokenList RunPair(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, TokenizeOptions options) => Finish(
        Run(first, 0, detailed: true, options.ParseSpecialTokens), Run(second, 1, detailed: true, options.ParseSpecialTokens), options);

    // Truncation leaves room for the special tokens, which are put around afterwards.
    private TokenList Finish(TokenList first, TokenList? second, TokenizeOptions options)
    {
        if (options.Truncation is { } truncation)
        {
            var reserved = options.AddSpecialTokens ? parts.PostProcessor?.AddedTokens(second is not null) ?? 0 : 0;
            (first, second) = PostProcessors.Truncation.Apply(first, second, truncation, reserved);
        }

        List<TokenList> lists = second is null ? [first] : [first, second];
        return TokenList.Join(parts.PostProcessor?.Process(lists, options.AddSpecialTokens) ?? lists);
    }

    private static TokenizedText[] Finish(TokenList[] lists, TokenizeOptions options)
    {
        if (options.Padding is { } padding && lists.Length > 0)
        {
            var length = (long)(padding.Length ?? lists.Max(l => l.Ids.Length));
            if (padding.MultipleOf is { } multiple and > 0)
            {
                length = (length + multiple - 1) / multiple * multiple;
            }

            if (length > Array.MaxLength)
            {
                throw new InputException($"Filling up to {length} tokens is too much; a smaller length is expected.");
            }

            Array.ForEach(lists, list => list.Pad((int)length, padding));
        }

        return Array.ConvertAll(lists, ToText);
    }

    private static TokenizedText ToText(TokenList list)
    {
        var mask = new int[list.Ids.Length];
        Array.Fill(mask, 1);
        mask.AsSpan(list.FilledOnLeft ? 0 : mask.Length - list.Filled, list.Filled).Clear();
        return new TokenizedText
        {
            Ids = list.Ids,
            TypeIds = list.TypeIds,
            Spans = list.Spans!,
            AttentionMask = mask,
            IsAdded = list.Special!,
            WordIndices = list.Words!,
            SequenceIndices = list.Sequences!,
            Overflow = list.Overflow.ConvertAll(ToText),
        };
    }

    private TokenList Run(ReadOnlySpan<byte> utf8, int sequence, bool detailed, bool parseSpecialTokens)
    {
        var workspace = Workspace.Rent();
        workspace.Source.Reset(detailed);
        workspace.Tokens.Reset(detailed);
        SourceReader.Read(utf8, parts.InvalidText, workspace.Source);
        workspace.Pieces.Reset(detailed);
        added.Extract(workspace.Source, parseSpecialTokens, parts.Normalizer, workspace.Normalized, workspace.Pieces);
        parts.PreTokenizer?.Apply(workspace.Pieces);
        Tokenize(workspace.Pieces, workspace.Tokens);
        var list = ToList(workspace, utf8, sequence, detailed);
        Workspace.Return(workspace);
        return list;
    }

    private void Tokenize(PreTokenizedText text, TokenSink sink)
    {
        var bytes = text.Text.Bytes;
        var pieces = text.Pieces.Items;
        for (var i = 0; i < pieces.Length; i++)
        {
            var piece = pieces[i];
            sink.StartWord(piece.Start, i);
            if (piece.IsText)
            {
                parts.Model.Tokenize(bytes[piece.Start..piece.End], sink);
            }
            else
            {
                sink.Add(piece.Id, 0, piece.End - piece.Start);
            }
        }
    }

    private TokenList ToList(Workspace workspace, ReadOnlySpan<byte> utf8, int sequence, bool detailed)
    {
        var tokens = workspace.Tokens;
        var list = new TokenList { Ids = tokens.Ids.ToArray(), TypeIds = new int[tokens.Count] };
        if (sequence > 0)
        {
            list.SetType(sequence);
        }

        if (detailed)
        {
            list.Spans = Spans(workspace, utf8);
            list.Special = new bool[tokens.Count];
            list.Words = tokens.Words.ToArray();
            list.Sequences = new int[tokens.Count];
            Array.Fill(list.Sequences, sequence);
        }

        return list;
    }

    private TokenSpan[] Spans(Workspace workspace, ReadOnlySpan<byte> utf8)
    {
        var tokens = workspace.Tokens;
        var text = workspace.Pieces.Text;
        var utf16 = Utf16Positions(utf8);
        var spans = new TokenSpan[tokens.Count];
        for (var i = 0; i < spans.Length; i++)
        {
            var (first, last) = (tokens.Starts[i], tokens.Ends[i]);
            int start;
            int end;
            if (last > first)
            {
                (start, end) = (text.OriginStart(first), text.OriginEnd(last - 1));
            }
            else
            {
                start = end = first < text.Length ? text.OriginStart(first) : utf8.Length;
            }

            end = Math.Max(start, end);
            if (parts.PostProcessor?.Trimming is { } trimming)
            {
                (start, end) = Trim(tokens.Ids[i], start, end, i == 0, trimming);
            }

            spans[i] = new TokenSpan(start, end, utf16?[start] ?? start, utf16?[end] ?? end);
        }

        return spans;
    }

    // Counts spaces as the reference does: in the token as it is spelled, one position for each.
    private (int Start, int End) Trim(int id, int start, int end, bool first, SpanTrimming trimming)
    {
        var token = added.DecodedTexts.TryGetValue(id, out var known) ? known : parts.Vocabulary.Text(id) ?? "";
        var leading = token.TakeWhile(IsSpace).Count();
        var trailing = token.Reverse().TakeWhile(IsSpace).Count();
        if (leading > 0)
        {
            var kept = (first || start == 0) && trimming.KeepsAddedSpace && leading == 1;
            start = kept ? start : Math.Min(start + leading, end);
        }

        if (trailing > 0 && end >= trailing)
        {
            end = Math.Max(end - trailing, start);
        }

        return (start, end);
    }

    private static bool IsSpace(char c) => c == '\u0120' || char.IsWhiteSpace(c);

    // Where each byte of the text lies in its UTF-16 form; null where that is the same, for ASCII. Broken bytes count as
    // the U+FFFD they become there.
    private static int[]? Utf16Positions(ReadOnlySpan<byte> utf8)
    {
        if (Ascii.IsValid(utf8))
        {
            return null;
        }

        var positions = new int[utf8.Length + 1];
        var at = 0;
        for (var i = 0; i < utf8.Length;)
        {
            Rune.DecodeFromUtf8(utf8[i..], out var rune, out var size);
            positions.AsSpan(i, size).Fill(at);
            at += rune.Utf16SequenceLength;
            i += size;
        }

        positions[^1] = at;
        return positions;
    }
}
