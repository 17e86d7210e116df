using Colibri.Text.Unicode;

namespace Colibri.Text.Patterns;

/// <summary>
/// A regular expression over UTF-8 that cannot run away: it backtracks, remembers where it failed once an attempt gets
/// long (so that the usual traps stay linear), and gives up with an error when even that takes too many steps. Immutable.
/// </summary>
internal sealed class Pattern
{
    private readonly PatternProgram program;

    private Pattern(string text, PatternProgram program)
    {
        Text = text;
        this.program = program;
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="InputException">It is wrong, too large, or uses something that is not known.</exception>
    public static Pattern Compile(string text, PatternDialect dialect = PatternDialect.Oniguruma) =>
        new(text, PatternCompiler.Compile(PatternParser.Parse(text, dialect)));

    /// <summary>Walks through the matches in a text.</summary>
    /// <param name="text">Valid UTF-8.</param>
    public Matches In(ReadOnlySpan<byte> text) => new(this, text);

    /// <summary>The matches in a text, left to right. An empty match right after another does not count.</summary>
    internal ref struct Matches
    {
        private readonly Pattern pattern;
        private readonly ReadOnlySpan<byte> text;
        private readonly PatternRun run;
        private int from;
        private int lastEnd;

        public Matches(Pattern pattern, ReadOnlySpan<byte> text)
        {
            this.pattern = pattern;
            this.text = text;
            run = PatternRun.Rent(text.Length);
            from = 0;
            lastEnd = -1;
        }

        /// <summary>Where the present match begins.</summary>
        public int Start { get; private set; }

        /// <summary>Where it ends.</summary>
        public int End { get; private set; }

        /// <summary>Goes to the next match.</summary>
        /// <exception cref="InputException">The pattern takes too many steps on this text.</exception>
        public bool MoveNext()
        {
            while (from <= text.Length && run.TryFind(pattern.program, text, from, out var start, out var end))
            {
                if (start == end && lastEnd == end)
                {
                    from = end < text.Length ? end + Utf8Text.LengthOf(text[end]) : end + 1;
                    continue;
                }

                (Start, End, from, lastEnd) = (start, end, end, end);
                return true;
            }

            if (run.GaveUp)
            {
                throw new InputException($"The pattern '{pattern.Text}' takes too many steps on this text; a pattern whose repetitions are not nested is expected.");
            }

            PatternRun.Return(run);
            return false;
        }
    }
}
