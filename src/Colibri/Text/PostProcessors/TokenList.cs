namespace Colibri.Text.PostProcessors;

/// <summary>The tokens of a text with what is known of each; a post-processor puts special tokens around them.</summary>
internal sealed class TokenList
{
    /// <summary>Ids.</summary>
    public required int[] Ids { get; set; }

    /// <summary>Type ids, one for each token.</summary>
    public required int[] TypeIds { get; set; }

    /// <summary>Offsets in the original text, or null where they are not wanted.</summary>
    public TokenSpan[]? Spans { get; set; }

    /// <summary>Which tokens were added around the text, or null where that is not wanted.</summary>
    public bool[]? Special { get; set; }

    /// <summary>Which word each token comes from (-1: none), or null where that is not wanted.</summary>
    public int[]? Words { get; set; }

    /// <summary>Which text each token comes from (0 or 1; -1: none), or null where that is not wanted.</summary>
    public int[]? Sequences { get; set; }

    /// <summary>How many tokens fill the list up.</summary>
    public int Filled { get; private set; }

    /// <summary>Whether they stand before the text.</summary>
    public bool FilledOnLeft { get; private set; }

    /// <summary>The pieces that truncation cut off, each a list of its own.</summary>
    public List<TokenList> Overflow { get; set; } = [];

    /// <summary>A list of special tokens.</summary>
    public static TokenList OfSpecial(int[] ids, int typeId, bool detailed) => new()
    {
        Ids = ids,
        TypeIds = Repeat(typeId, ids.Length),
        Spans = detailed ? new TokenSpan[ids.Length] : null,
        Special = detailed ? Repeat(true, ids.Length) : null,
        Words = detailed ? Repeat(-1, ids.Length) : null,
        Sequences = detailed ? Repeat(-1, ids.Length) : null,
    };

    /// <summary>A part of the list, without overflow.</summary>
    public TokenList Slice(int start, int end) => new()
    {
        Ids = Ids[start..end],
        TypeIds = TypeIds[start..end],
        Spans = Spans?[start..end],
        Special = Special?[start..end],
        Words = Words?[start..end],
        Sequences = Sequences?[start..end],
    };

    /// <summary>Lists end to end.</summary>
    public static TokenList Join(IReadOnlyList<TokenList> parts)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        if (parts.Any(p => p.Overflow.Count > 0))
        {
            return parts.Aggregate(JoinWithOverflow);
        }

        return JoinAlone(parts);
    }

    // Every part that was cut off is joined with the other list and with each of its cut-off parts.
    private static TokenList JoinWithOverflow(TokenList left, TokenList right)
    {
        var joined = JoinAlone([left, right]);
        foreach (var part in left.Overflow)
        {
            joined.Overflow.Add(JoinAlone([part, right]));
            joined.Overflow.AddRange(right.Overflow.Select(other => JoinAlone([part, other])));
        }

        joined.Overflow.AddRange(right.Overflow.Select(other => JoinAlone([left, other])));
        return joined;
    }

    private static TokenList JoinAlone(IReadOnlyList<TokenList> parts)
    {
        var detailed = parts.Count > 0 && parts[0].Spans is not null;
        return new TokenList
        {
            Ids = Join(parts, p => p.Ids),
            TypeIds = Join(parts, p => p.TypeIds),
            Spans = detailed ? Join(parts, p => p.Spans!) : null,
            Special = detailed ? Join(parts, p => p.Special!) : null,
            Words = detailed ? Join(parts, p => p.Words!) : null,
            Sequences = detailed ? Join(parts, p => p.Sequences!) : null,
        };
    }

    /// <summary>Gives all tokens a type id.</summary>
    public void SetType(int typeId)
    {
        Array.Fill(TypeIds, typeId);
        Overflow.ForEach(part => part.SetType(typeId));
    }

    /// <summary>Fills the list up to a length, and the parts cut off it too.</summary>
    public void Pad(int length, PaddingSettings settings)
    {
        Overflow.ForEach(part => part.Pad(length, settings));
        var missing = length - Ids.Length;
        if (missing > 0)
        {
            var filling = OfSpecial(Repeat(settings.PadId, missing), settings.PadTypeId, Spans is not null);
            var filled = JoinAlone(settings.OnLeft ? [filling, this] : [this, filling]);
            Filled = missing;
            FilledOnLeft = settings.OnLeft;
            (Ids, TypeIds, Spans, Special, Words, Sequences) = (filled.Ids, filled.TypeIds, filled.Spans, filled.Special, filled.Words, filled.Sequences);
        }
    }

    private static T[] Join<T>(IReadOnlyList<TokenList> parts, Func<TokenList, T[]> field)
    {
        var total = 0;
        foreach (var part in parts)
        {
            total = checked(total + field(part).Length);
        }

        var all = new T[total];
        var at = 0;
        foreach (var part in parts)
        {
            field(part).CopyTo(all, at);
            at += field(part).Length;
        }

        return all;
    }

    private static T[] Repeat<T>(T value, int count)
    {
        var all = new T[count];
        Array.Fill(all, value);
        return all;
    }
}
