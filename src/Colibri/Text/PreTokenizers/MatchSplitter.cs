using Colibri.Text.Pipeline;

namespace Colibri.Text.PreTokenizers;

/// <summary>
/// Cuts a text at matches: what a derived class finds, and what lies between, goes through the chosen behaviour
/// (Hugging Face tokenizers, NormalizedString::split). Segments come in as they are found, so nothing is gathered.
/// </summary>
internal abstract class MatchSplitter(SplitBehaviour behaviour, bool invert) : SplitterPreTokenizer
{
    /// <inheritdoc/>
    public sealed override void Split(ReadOnlySpan<byte> text, PieceList parts)
    {
        var cutter = new Cutter(behaviour, invert, parts);
        FindMatches(text, ref cutter);
        cutter.Finish(text.Length);
    }

    /// <summary>Gives the matches of a text in order, without overlap.</summary>
    protected abstract void FindMatches(ReadOnlySpan<byte> text, ref Cutter cutter);

    /// <summary>Turns matches into parts.</summary>
    internal ref struct Cutter(SplitBehaviour behaviour, bool invert, PieceList parts)
    {
        private int covered;
        private int openStart = -1;
        private int openEnd;
        private bool previous;
        private bool any;

        /// <summary>Takes the next match; an empty one only cuts.</summary>
        public void Match(int start, int end)
        {
            if (start > covered)
            {
                Segment(covered, start, invert);
            }

            Segment(start, end, !invert);
            covered = end;
        }

        /// <summary>The text has ended.</summary>
        public void Finish(int length)
        {
            if (covered < length)
            {
                Segment(covered, length, invert);
            }

            Close();
        }

        private void Segment(int start, int end, bool separator)
        {
            switch (behaviour)
            {
                case SplitBehaviour.Removed:
                    if (!separator)
                    {
                        parts.AddPart(start, end);
                    }

                    return;
                case SplitBehaviour.Isolated:
                    parts.AddPart(start, end);
                    return;
                case SplitBehaviour.Contiguous:
                    Join(start, end, joins: separator == previous && any);
                    break;
                case SplitBehaviour.MergedWithPrevious:
                    Join(start, end, joins: separator && !previous && any);
                    break;
                case SplitBehaviour.MergedWithNext:
                    // Read from the end, a separator joins what comes after it unless that is a separator too: read from
                    // the start, text joins a separator right before it.
                    Join(start, end, joins: !separator && previous && any);
                    break;
            }

            previous = separator;
            any = true;
        }

        private void Join(int start, int end, bool joins)
        {
            if (!joins)
            {
                Close();
                openStart = start;
            }

            openEnd = end;
        }

        private void Close()
        {
            if (openStart >= 0)
            {
                parts.AddPart(openStart, openEnd);
                openStart = -1;
            }
        }
    }
}
