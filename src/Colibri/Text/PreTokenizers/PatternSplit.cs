using Colibri.Text.Patterns;

namespace Colibri.Text.PreTokenizers;

/// <summary>Split with a regular expression.</summary>
internal sealed class PatternSplit(Pattern pattern, SplitBehaviour behaviour, bool invert) : MatchSplitter(behaviour, invert)
{
    /// <inheritdoc/>
    protected override void FindMatches(ReadOnlySpan<byte> text, ref Cutter cutter)
    {
        var matches = pattern.In(text);
        while (matches.MoveNext())
        {
            cutter.Match(matches.Start, matches.End);
        }
    }
}
