using Colibri.Text.Unicode;

namespace Colibri.Text.Patterns;

/// <summary>One thread's work on a pattern: the stack of ways not tried yet, and the places known to fail.</summary>
internal sealed class PatternRun
{
    private const long FreeSteps = 1_000_000;
    private const long StepsPerByte = 256;

    // An attempt this long starts to remember its failures.
    private const int StepsBeforeMemory = 512;

    [ThreadStatic]
    private static PatternRun? kept;

    private readonly FailedPlaces failed = new();
    private readonly KnownLooks known = new();
    private Frame[] stack = new Frame[64];
    private int top;
    private long stepsLeft;

    /// <summary>Whether the steps ran out.</summary>
    public bool GaveUp => stepsLeft < 0;

    /// <summary>Takes the thread's run, or a new one while that is in use.</summary>
    /// <param name="textLength">Bytes of the text: the steps allowed grow with it.</param>
    public static PatternRun Rent(int textLength)
    {
        var run = kept ?? new PatternRun();
        kept = null;
        run.stepsLeft = FreeSteps + (StepsPerByte * textLength);
        run.known.Clear();
        return run;
    }

    /// <summary>Gives a run back.</summary>
    public static void Return(PatternRun run)
    {
        if (run.stack.Length <= 1 << 16)
        {
            kept = run;
        }
    }

    /// <summary>Finds the first match from a position on.</summary>
    public bool TryFind(PatternProgram program, ReadOnlySpan<byte> text, int from, out int start, out int end)
    {
        failed.Clear();
        var stepsAtStart = stepsLeft;
        for (start = from; start <= text.Length; start += start < text.Length ? Utf8Text.LengthOf(text[start]) : 1)
        {
            if (start < text.Length ? program.First.Allows(text[start]) : program.First.MayBeEmpty)
            {
                if (Run(program, text, start, -1, out end, stepsAtStart))
                {
                    return true;
                }

                if (stepsLeft < 0)
                {
                    break;
                }
            }
        }

        end = start;
        return false;
    }

    // Runs a program; 'mustEnd' is where it has to end, or -1. Only the outermost run remembers failures: within a look or
    // an atomic part the same place can be reached by different ways that count separately. A look ahead only asks
    // whether there is a way, so it remembers both outcomes for the whole text.
    private bool Run(PatternProgram program, ReadOnlySpan<byte> text, int position, int mustEnd, out int end, long stepsAtStart, bool looks = false)
    {
        var bottom = top;
        var log = known.Count;
        var outermost = stepsAtStart >= 0;
        var steps = program.Steps;
        var at = 0;
        HashSet<long>? passed = null;
        while (true)
        {
            if (--stepsLeft < 0)
            {
                break;
            }

            var step = steps[at];
            var advanced = false;
            switch (step.Op)
            {
                case PatternOp.Ascii:
                    if (position < text.Length && text[position] == step.A)
                    {
                        position++;
                        at++;
                        advanced = true;
                    }

                    break;
                case PatternOp.One:
                    if (position < text.Length && program.Sets[step.A].Contains(Utf8Text.Read(text, position, out var size)))
                    {
                        position += size;
                        at++;
                        advanced = true;
                    }

                    break;
                case PatternOp.Greedy:
                case PatternOp.Possessive:
                    advanced = Repeat(program, text, step, ref position, out var least);
                    at++;
                    if (advanced && step.Op == PatternOp.Greedy && position > least && (mustEnd >= 0 || steps[at].Op != PatternOp.Match))
                    {
                        Push(new Frame(at, position, least, FrameKind.GiveBack));
                    }

                    break;
                case PatternOp.Lazy:
                    advanced = Repeat(program, text, step with { C = step.B }, ref position, out _);
                    if (advanced && step.C != step.B)
                    {
                        Push(new Frame(at, position, step.C < 0 ? -1 : step.C - step.B, FrameKind.TakeMore));
                    }

                    at++;
                    break;
                case PatternOp.Branch:
                    if (outermost && stepsAtStart - stepsLeft > StepsBeforeMemory && !failed.Add(at, position))
                    {
                        break;
                    }

                    if (looks)
                    {
                        var outcome = known.Find(program, at, position);
                        if (outcome == KnownLooks.Outcome.Fails)
                        {
                            break;
                        }

                        if (outcome == KnownLooks.Outcome.Succeeds)
                        {
                            known.Settle(log, succeeded: true);
                            top = bottom;
                            end = position;
                            return true;
                        }

                        known.Open(program, at, position, top);
                    }

                    advanced = Fork(program, text, step, position, ref at);
                    break;
                case PatternOp.Jump:
                    at = step.A;
                    advanced = true;
                    break;
                case PatternOp.Progress:
                    if ((passed ??= []).Add(((long)at << 32) | (uint)position))
                    {
                        at++;
                        advanced = true;
                    }

                    break;
                case PatternOp.Position:
                    advanced = Holds((PatternPosition)step.A, text, position);
                    at++;
                    break;
                case PatternOp.LookAhead:
                    advanced = Run(program.Parts[step.A], text, position, -1, out _, -1, looks: true) != (step.D != 0);
                    at++;
                    break;
                case PatternOp.LookBehind:
                    advanced = EndsHere(program.Parts[step.A], text, position, step.B, step.C) != (step.D != 0);
                    at++;
                    break;
                case PatternOp.Atomic:
                    advanced = Run(program.Parts[step.A], text, position, -1, out var atomicEnd, -1);
                    position = atomicEnd;
                    at++;
                    break;
                case PatternOp.Match:
                    if (mustEnd < 0 || position == mustEnd)
                    {
                        known.Settle(log, succeeded: true);
                        top = bottom;
                        end = position;
                        return true;
                    }

                    break;
            }

            if (!advanced)
            {
                if (!Resume(program, text, bottom, outermost && stepsAtStart - stepsLeft > StepsBeforeMemory, ref at, ref position))
                {
                    break;
                }

                if (looks)
                {
                    known.Close(log, top);
                }
            }
        }

        known.Settle(log, succeeded: false);
        top = bottom;
        end = position;
        return false;
    }

    private bool Fork(PatternProgram program, ReadOnlySpan<byte> text, PatternStep step, int position, ref int at)
    {
        bool first;
        bool second;
        if (position < text.Length)
        {
            first = program.Firsts[step.C].Allows(text[position]);
            second = program.Firsts[step.D].Allows(text[position]);
        }
        else
        {
            first = program.Firsts[step.C].MayBeEmpty;
            second = program.Firsts[step.D].MayBeEmpty;
        }

        if (first && second)
        {
            Push(new Frame(step.B, position, 0, FrameKind.Other));
        }

        at = first ? step.A : step.B;
        return first || second;
    }

    // Takes as many characters as allowed; 'least' is where it may give back to.
    private bool Repeat(PatternProgram program, ReadOnlySpan<byte> text, PatternStep step, ref int position, out int least)
    {
        var set = program.Sets[step.A];
        var count = 0;
        var start = position;
        least = step.B == 0 ? position : int.MaxValue;
        while (count != step.C && position < text.Length && set.Contains(Utf8Text.Read(text, position, out var size)))
        {
            position += size;
            if (++count == step.B)
            {
                least = position;
            }
        }

        stepsLeft -= (position - start) >> 3;
        return count >= step.B;
    }

    // Goes back to the last way not tried.
    private bool Resume(PatternProgram program, ReadOnlySpan<byte> text, int bottom, bool remembers, ref int at, ref int position)
    {
        while (top > bottom)
        {
            ref var frame = ref stack[top - 1];
            if (--stepsLeft < 0)
            {
                return false;
            }

            switch (frame.Kind)
            {
                case FrameKind.Other:
                    at = frame.At;
                    position = frame.Position;
                    top--;
                    break;
                case FrameKind.GiveBack:
                    Utf8Text.ReadBefore(text, frame.Position, out var size);
                    frame.Position -= size;
                    at = frame.At;
                    position = frame.Position;
                    if (position <= frame.Limit)
                    {
                        top--;
                    }

                    break;
                default:
                    position = frame.Position;
                    size = 0;
                    if (position >= text.Length || !program.Sets[program.Steps[frame.At].A].Contains(Utf8Text.Read(text, position, out size)))
                    {
                        top--;
                        continue;
                    }

                    position += size;
                    at = frame.At + 1;
                    frame.Position = position;
                    if (frame.Limit > 0 && --frame.Limit == 0)
                    {
                        top--;
                    }

                    break;
            }

            if (!remembers || failed.Add(~at, position))
            {
                return true;
            }
        }

        return false;
    }

    private bool EndsHere(PatternProgram part, ReadOnlySpan<byte> text, int position, int least, int most)
    {
        var start = position;
        for (var count = 0; count <= most; count++)
        {
            if (count >= least && Run(part, text, start, position, out _, -1))
            {
                return true;
            }

            if (start == 0 || stepsLeft < 0)
            {
                break;
            }

            Utf8Text.ReadBefore(text, start, out var size);
            start -= size;
        }

        return false;
    }

    private static bool Holds(PatternPosition kind, ReadOnlySpan<byte> text, int position)
    {
        switch (kind)
        {
            case PatternPosition.TextStart:
                return position == 0;
            case PatternPosition.TextEnd:
                return position == text.Length;
            case PatternPosition.TextEndOrLastLineFeed:
                return position == text.Length || (position == text.Length - 1 && text[position] == '\n');
            case PatternPosition.LineStart:
                return position == 0 || (text[position - 1] == '\n' && position < text.Length);
            case PatternPosition.LineEnd:
                return position == text.Length || text[position] == '\n';
            default:
                var word = kind is PatternPosition.WordBoundary or PatternPosition.NoWordBoundary ? CodePointSet.Word : CodePointSet.RustWord;
                var before = position > 0 && word.Contains(Utf8Text.ReadBefore(text, position, out _));
                var after = position < text.Length && word.Contains(Utf8Text.Read(text, position, out _));
                return before != after == (kind is PatternPosition.WordBoundary or PatternPosition.RustWordBoundary);
        }
    }

    private void Push(Frame frame)
    {
        if (top == stack.Length)
        {
            Array.Resize(ref stack, top * 2);
        }

        stack[top++] = frame;
    }

    private enum FrameKind
    {
        Other,
        GiveBack,
        TakeMore,
    }

    private struct Frame(int at, int position, int limit, FrameKind kind)
    {
        public readonly int At = at;
        public readonly FrameKind Kind = kind;
        public int Position = position;
        public int Limit = limit;
    }
}
