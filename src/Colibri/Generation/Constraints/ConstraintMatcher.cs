using System.Numerics;

namespace Colibri.Generation.Constraints;

/// <summary>Follows one text through its constraint and takes away the tokens that cannot come.</summary>
/// <param name="masks">The constraint's states and masks.</param>
/// <param name="endOfText">The tokens that end a text.</param>
internal sealed class ConstraintMatcher(TokenMasks masks, IReadOnlyList<int> endOfText)
{
    private GrammarState _state = masks.Start;

    /// <summary>Whether the text so far may end.</summary>
    public bool MayEnd => _state.Accepting;

    /// <summary>Whether no token of text can come: the text is complete.</summary>
    public bool IsComplete => _state.Complete || (_state.Accepting && masks.Allowed(_state).All(word => word == 0));

    /// <summary>Sets the logits of tokens that cannot come to negative infinity.</summary>
    /// <param name="logits">A value for each id.</param>
    /// <exception cref="InputException">No token at all can come.</exception>
    public void Apply(Span<float> logits)
    {
        Span<float> ends = stackalloc float[Math.Min(endOfText.Count, 64)];
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = endOfText[i] < logits.Length ? logits[endOfText[i]] : 0;
        }

        var left = 0;
        var mask = masks.Allowed(_state);
        for (var from = 0; from < logits.Length; from += 64)
        {
            var allowed = from / 64 < mask.Length ? mask[from / 64] : 0;
            var part = logits[from..Math.Min(from + 64, logits.Length)];
            left += BitOperations.PopCount(allowed);
            if (allowed == 0)
            {
                part.Fill(float.NegativeInfinity);
                continue;
            }

            for (var others = ~allowed; others != 0; others &= others - 1)
            {
                var i = BitOperations.TrailingZeroCount(others);
                if (i >= part.Length)
                {
                    break;
                }

                part[i] = float.NegativeInfinity;
            }
        }

        for (var i = 0; i < ends.Length; i++)
        {
            if (endOfText[i] < logits.Length)
            {
                logits[endOfText[i]] = _state.Accepting ? ends[i] : float.NegativeInfinity;
                left += _state.Accepting ? 1 : 0;
            }
        }

        if (left == 0)
        {
            throw new InputException("No token of the vocabulary can go on with the constrained text; the grammar needs characters that this vocabulary lacks.");
        }
    }

    /// <summary>Takes the token that was chosen.</summary>
    /// <returns>Whether the token could come.</returns>
    public bool Take(int id)
    {
        if (endOfText.Contains(id))
        {
            return _state.Accepting;
        }

        var bytes = masks.Bytes(id);
        if (bytes.IsEmpty || masks.Advance(_state, bytes) is not { } next)
        {
            return false;
        }

        _state = next;
        return true;
    }
}
