namespace Colibri.Text.Patterns;

/// <summary>Turns a parsed pattern into instructions. Repetitions with counts are written out, within a limit.</summary>
internal sealed class PatternCompiler
{
    private const int MostSteps = 200_000;

    private readonly List<PatternStep> steps = [];
    private readonly List<CodePointSet> sets = [];
    private readonly List<FirstSet> firsts = [];
    private readonly List<PatternProgram> parts = [];

    private PatternCompiler()
    {
    }

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="InputException">It is too large.</exception>
    public static PatternProgram Compile(PatternNode node)
    {
        var compiler = new PatternCompiler();
        compiler.Emit(node);
        compiler.Add(new PatternStep(PatternOp.Match));
        return new PatternProgram([.. compiler.steps], [.. compiler.sets], [.. compiler.firsts], [.. compiler.parts], FirstSet.Of(node));
    }

    private int Add(PatternStep step)
    {
        if (steps.Count >= MostSteps)
        {
            throw new InputException($"A pattern grows to more than {MostSteps} steps; one with smaller repetition counts is expected.");
        }

        steps.Add(step);
        return steps.Count - 1;
    }

    private int AddSet(CodePointSet set)
    {
        sets.Add(set);
        return sets.Count - 1;
    }

    private int AddFirst(FirstSet first)
    {
        firsts.Add(first);
        return firsts.Count - 1;
    }

    private int AddPart(PatternNode node)
    {
        parts.Add(Compile(node));
        return parts.Count - 1;
    }

    private void Emit(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.One { Set.SingleAscii: >= 0 } one:
                Add(new PatternStep(PatternOp.Ascii, one.Set.SingleAscii));
                break;
            case PatternNode.One one:
                Add(new PatternStep(PatternOp.One, AddSet(one.Set)));
                break;
            case PatternNode.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Emit(part);
                }

                break;
            case PatternNode.Choice choice:
                EmitChoice(choice);
                break;
            case PatternNode.Repeat repeat:
                EmitRepeat(repeat);
                break;
            case PatternNode.Atomic atomic:
                Add(new PatternStep(PatternOp.Atomic, AddPart(atomic.Part)));
                break;
            case PatternNode.Look { Behind: false } look:
                Add(new PatternStep(PatternOp.LookAhead, AddPart(look.Part), D: look.Negated ? 1 : 0));
                break;
            case PatternNode.Look look:
                var (least, most) = look.Part.Length();
                Add(new PatternStep(PatternOp.LookBehind, AddPart(look.Part), least, most, look.Negated ? 1 : 0));
                break;
            case PatternNode.Position position:
                Add(new PatternStep(PatternOp.Position, (int)position.Kind));
                break;
        }
    }

    private void EmitChoice(PatternNode.Choice choice)
    {
        var jumps = new List<int>();
        for (var i = 0; i < choice.Options.Count; i++)
        {
            if (i + 1 == choice.Options.Count)
            {
                Emit(choice.Options[i]);
                break;
            }

            var rest = choice.Options.Skip(i + 1).Select(FirstSet.Of).Aggregate((a, b) => a.Or(b));
            var branch = Add(default);
            Emit(choice.Options[i]);
            jumps.Add(Add(default));
            steps[branch] = new PatternStep(PatternOp.Branch, branch + 1, steps.Count, AddFirst(FirstSet.Of(choice.Options[i])), AddFirst(rest));
        }

        foreach (var jump in jumps)
        {
            steps[jump] = new PatternStep(PatternOp.Jump, steps.Count);
        }
    }

    private void EmitRepeat(PatternNode.Repeat repeat)
    {
        if (repeat.Part is PatternNode.One one)
        {
            var op = repeat.Greed switch
            {
                Greed.Lazy => PatternOp.Lazy,
                Greed.Possessive => PatternOp.Possessive,
                _ => PatternOp.Greedy,
            };
            Add(new PatternStep(op, AddSet(one.Set), repeat.Minimum, repeat.Maximum));
            return;
        }

        if (repeat.Greed == Greed.Possessive)
        {
            Emit(new PatternNode.Atomic(repeat with { Greed = Greed.Greedy }));
            return;
        }

        for (var i = 0; i < repeat.Minimum; i++)
        {
            Emit(repeat.Part);
        }

        var anything = AddFirst(FirstSet.Anything);
        var body = AddFirst(FirstSet.Of(repeat.Part));
        if (repeat.Maximum < 0)
        {
            var start = repeat.Part.Length().Least == 0 ? Add(new PatternStep(PatternOp.Progress)) : steps.Count;
            var branch = Add(default);
            Emit(repeat.Part);
            Add(new PatternStep(PatternOp.Jump, start));
            steps[branch] = Fork(repeat.Greed, branch + 1, steps.Count, body, anything);
            return;
        }

        var forks = new List<int>();
        for (var i = repeat.Minimum; i < repeat.Maximum; i++)
        {
            forks.Add(Add(default));
            Emit(repeat.Part);
        }

        foreach (var fork in forks)
        {
            steps[fork] = Fork(repeat.Greed, fork + 1, steps.Count, body, anything);
        }
    }

    private static PatternStep Fork(Greed greed, int into, int past, int body, int anything) => greed == Greed.Lazy
        ? new PatternStep(PatternOp.Branch, past, into, anything, body)
        : new PatternStep(PatternOp.Branch, into, past, body, anything);
}
