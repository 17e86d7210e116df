namespace Colibri.Text.PostProcessors;

/// <summary>Cuts lists of tokens to a length (Hugging Face tokenizers, utils/truncation.rs).</summary>
internal static class Truncation
{
    /// <summary>Cuts one list or a pair.</summary>
    /// <param name="first">The tokens of the text.</param>
    /// <param name="second">Those of the second text, or null.</param>
    /// <param name="settings">How.</param>
    /// <param name="reserved">Tokens that will be put around them.</param>
    /// <exception cref="InputException">The settings leave no room, or the list to cut is too short.</exception>
    public static (TokenList First, TokenList? Second) Apply(TokenList first, TokenList? second, TruncationSettings settings, int reserved)
    {
        var length = settings.MaxLength - reserved;
        if (length < 0)
        {
            throw new InputException($"Truncation to {settings.MaxLength} tokens leaves no room for {reserved} special tokens; a length of at least {reserved} is expected.");
        }

        if (length == 0)
        {
            return (Cut(first, 0, settings), second is null ? null : Cut(second, 0, settings));
        }

        var total = first.Ids.Length + (second?.Ids.Length ?? 0);
        var surplus = total - length;
        if (surplus <= 0)
        {
            return (first, second);
        }

        if (settings.Strategy == TruncationStrategy.LongestFirst)
        {
            if (second is null)
            {
                return (Cut(first, length, settings), null);
            }

            // The shorter text is kept whole while it has no more than its half.
            var less = Math.Min(first.Ids.Length, second.Ids.Length);
            var more = less > length ? less : Math.Max(less, length - less);
            if ((long)less + more > length)
            {
                less = length / 2;
                more = less + (length % 2);
            }

            var firstIsLonger = first.Ids.Length > second.Ids.Length;
            return (Cut(first, firstIsLonger ? more : less, settings), Cut(second, firstIsLonger ? less : more, settings));
        }

        var cutsFirst = settings.Strategy == TruncationStrategy.OnlyFirst;
        var target = cutsFirst ? first : second
            ?? throw new InputException("Truncation is to cut the second text only, and there is none; a pair of texts is expected.");
        if (target.Ids.Length <= surplus)
        {
            throw new InputException($"Truncation to {settings.MaxLength} tokens would leave nothing of the text it is to cut, {target.Ids.Length} tokens long; a greater length is expected.");
        }

        target = Cut(target, target.Ids.Length - surplus, settings);
        return cutsFirst ? (target, second) : (first, target);
    }

    private static TokenList Cut(TokenList list, int length, TruncationSettings settings)
    {
        var count = list.Ids.Length;
        if (length >= count)
        {
            return list;
        }

        if (length == 0)
        {
            var nothing = list.Slice(0, 0);
            nothing.Overflow.Add(list);
            return nothing;
        }

        if (settings.Stride >= length)
        {
            throw new InputException($"Truncation with a stride of {settings.Stride} needs more than that many tokens, and {length} are left beside the special ones; a smaller stride is expected.");
        }

        var parts = new List<TokenList>();
        var step = length - settings.Stride;
        if (settings.FromLeft)
        {
            for (var stop = count; ; stop -= step)
            {
                var start = Math.Max(0, stop - length);
                parts.Add(list.Slice(start, stop));
                if (start == 0)
                {
                    break;
                }
            }
        }
        else
        {
            for (var start = 0; ; start += step)
            {
                var stop = Math.Min(start + length, count);
                parts.Add(list.Slice(start, stop));
                if (stop == count)
                {
                    break;
                }
            }
        }

        parts[0].Overflow.AddRange(parts.Skip(1));
        return parts[0];
    }
}
