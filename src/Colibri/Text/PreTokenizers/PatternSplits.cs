using Colibri.Text.Patterns;

namespace Colibri.Text.PreTokenizers;

/// <summary>Splits at patterns: by hand for those that most tokenizers use, recognised by their exact text.</summary>
internal static class PatternSplits
{
    private const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Matches and what lies between them are parts.</summary>
    public static SplitterPreTokenizer Isolated(string pattern) =>
        FindKnown(pattern, SplitBehaviour.Isolated, invert: false) ?? new PatternSplit(Pattern.Compile(pattern), SplitBehaviour.Isolated, invert: false);

    /// <summary>The splitter made by hand for a pattern, or null. The patterns match every character, so that inverting and removing is the same as isolating.</summary>
    public static SplitterPreTokenizer? FindKnown(string pattern, SplitBehaviour behaviour, bool invert)
    {
        if (behaviour != SplitBehaviour.Isolated && !(behaviour == SplitBehaviour.Removed && invert))
        {
            return null;
        }

        return pattern == Gpt2 ? new SplitPreTokenizer(Gpt2Splitter.Instance) : null;
    }
}
