namespace Colibri.Text.PreTokenizers;

/// <summary>Split with a plain string.</summary>
internal sealed class StringSplit(byte[] separator, SplitBehaviour behaviour, bool invert) : MatchSplitter(behaviour, invert)
{
    /// <inheritdoc/>
    protected override void FindMatches(ReadOnlySpan<byte> text, ref Cutter cutter)
    {
        if (separator.Length == 0)
        {
            // An empty pattern matches between all characters, and at both ends.
            for (var i = 0; i < text.Length; i += Unicode.Utf8Text.LengthOf(text[i]))
            {
                cutter.Match(i, i);
            }

            cutter.Match(text.Length, text.Length);
            return;
        }

        for (var at = 0; ;)
        {
            var found = text[at..].IndexOf(separator);
            if (found < 0)
            {
                return;
            }

            cutter.Match(at + found, at + found + separator.Length);
            at += found + separator.Length;
        }
    }
}
