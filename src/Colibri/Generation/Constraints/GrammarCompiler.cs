namespace Colibri.Generation.Constraints;

/// <summary>Turns a grammar into an automaton: every rule becomes a small network whose empty moves are then taken out.</summary>
internal sealed class GrammarCompiler
{
    /// <summary>Most states of all rules together, empty moves included.</summary>
    public const int MostStates = 1 << 18;

    /// <summary>Most steps that taking out empty moves may need.</summary>
    public const int MostClosureSteps = 1 << 22;

    private readonly Grammar _grammar;
    private readonly List<List<int>> _empty = [];
    private readonly List<List<ByteMove>> _bytes = [];
    private readonly List<List<CallMove>> _calls = [];
    private readonly List<List<(CodePointRanges Set, int To)>> _sets = [];
    private readonly List<int> _start = [];
    private readonly List<int> _end = [];
    private readonly Dictionary<CodePointRanges, int> _wide = [];
    private readonly Dictionary<string, int> _wideByRanges = [];

    private GrammarCompiler(Grammar grammar) => _grammar = grammar;

    /// <summary>Compiles a grammar.</summary>
    /// <exception cref="InputException">It is too large, left-recursive, or no text can ever match it.</exception>
    public static GrammarAutomaton Compile(Grammar grammar) => new GrammarCompiler(grammar).Compile();

    private GrammarAutomaton Compile()
    {
        for (var rule = 0; rule < _grammar.Count; rule++)
        {
            _start.Add(State());
            _end.Add(State());
        }

        for (var rule = 0; rule < _grammar.Count; rule++)
        {
            Build(_grammar.Body(rule)!, _start[rule], _end[rule]);
        }

        var nullable = SkipEmptyRules();
        var useful = FindUseful();
        if (!useful[_start[_grammar.Root]])
        {
            throw new InputException($"No text can ever match the grammar: rule '{_grammar.Name(_grammar.Root)}' never ends. Give it an alternative without recursion.");
        }

        return Assemble(useful, nullable[_grammar.Root]);
    }

    private int State()
    {
        if (_empty.Count == MostStates)
        {
            throw new InputException($"The grammar is too large: with all repetitions written out it has more than {MostStates} places. Use smaller repetition counts.");
        }

        _empty.Add([]);
        _bytes.Add([]);
        _calls.Add([]);
        _sets.Add([]);
        return _empty.Count - 1;
    }

    // Adds moves from one state to another. None leads back to the first or on from the last, so parts can share them.
    private void Build(GrammarNode node, int from, int to)
    {
        switch (node)
        {
            case GrammarNode.Characters characters:
                BuildCharacters(characters.Set, from, to);
                break;
            case GrammarNode.Sequence sequence:
                for (var i = 0; i < sequence.Parts.Count - 1; i++)
                {
                    var next = State();
                    Build(sequence.Parts[i], from, next);
                    from = next;
                }

                if (sequence.Parts.Count > 0)
                {
                    Build(sequence.Parts[^1], from, to);
                }
                else
                {
                    _empty[from].Add(to);
                }

                break;
            case GrammarNode.Choice choice:
                foreach (var option in choice.Options)
                {
                    Build(option, from, to);
                }

                break;
            case GrammarNode.Repeat repeat:
                BuildRepeat(repeat, from, to);
                break;
            case GrammarNode.Network network:
                var places = network.Places.Select(_ => State()).ToArray();
                _empty[from].Add(places[0]);
                for (var i = 0; i < places.Length; i++)
                {
                    foreach (var (part, target) in network.Places[i].Moves)
                    {
                        Build(part, places[i], places[target]);
                    }

                    if (network.Places[i].Final)
                    {
                        _empty[places[i]].Add(to);
                    }
                }

                break;
            case GrammarNode.Rule rule:
                _calls[from].Add(new CallMove(rule.Index, to));
                break;
        }
    }

    private void BuildRepeat(GrammarNode.Repeat repeat, int from, int to)
    {
        for (var i = 0; i < repeat.Least; i++)
        {
            var next = State();
            Build(repeat.Part, from, next);
            from = next;
        }

        if (repeat.Most < 0)
        {
            var (first, last) = (State(), State());
            _empty[from].Add(first);
            Build(repeat.Part, first, last);
            _empty[last].Add(first);
            _empty[first].Add(to);
            return;
        }

        for (var i = repeat.Least; i < repeat.Most; i++)
        {
            _empty[from].Add(to);
            var next = State();
            Build(repeat.Part, from, next);
            from = next;
        }

        _empty[from].Add(to);
    }

    // ASCII becomes moves; what is beyond becomes a rule that all uses of the set share.
    private void BuildCharacters(CodePointRanges set, int from, int to)
    {
        _sets[from].Add((set, to));
        foreach (var (first, last) in set.Ranges)
        {
            if (first < 0x80)
            {
                _bytes[from].Add(new ByteMove((byte)first, (byte)Math.Min(last, 0x7F), to));
            }
        }

        if (set.Ranges.Count > 0 && set.Ranges[^1].Last >= 0x80)
        {
            _calls[from].Add(new CallMove(Wide(set), to));
        }
    }

    private int Wide(CodePointRanges set)
    {
        if (_wide.TryGetValue(set, out var rule))
        {
            return rule;
        }

        var ranges = set.Ranges.Where(r => r.Last >= 0x80).Select(r => (First: Math.Max(r.First, 0x80), r.Last)).ToList();
        var key = string.Join(',', ranges.Select(r => $"{r.First}-{r.Last}"));
        if (!_wideByRanges.TryGetValue(key, out rule))
        {
            rule = _start.Count;
            _start.Add(State());
            _end.Add(State());
            var known = new Dictionary<(int State, byte First), int>();
            foreach (var sequence in ranges.SelectMany(r => Utf8Ranges.Split(r.First, r.Last)))
            {
                var state = _start[rule];
                for (var i = 0; i < sequence.Length - 1; i++)
                {
                    if (!known.TryGetValue((state, sequence[i].First), out var next))
                    {
                        next = State();
                        known.Add((state, sequence[i].First), next);
                        _bytes[state].Add(new ByteMove(sequence[i].First, sequence[i].Last, next));
                    }

                    state = next;
                }

                _bytes[state].Add(new ByteMove(sequence[^1].First, sequence[^1].Last, _end[rule]));
            }

            _wideByRanges.Add(key, rule);
        }

        _wide.Add(set, rule);
        return rule;
    }

    // A rule that can be empty may be stepped over: an empty move beside each call. Each state and move is seen once.
    private bool[] SkipEmptyRules()
    {
        var callers = new List<(int From, int To)>?[_start.Count];
        for (var state = 0; state < _calls.Count; state++)
        {
            foreach (var call in _calls[state])
            {
                (callers[call.Rule] ??= []).Add((state, call.Target));
            }
        }

        var ends = _end.Select((state, rule) => (state, rule)).ToDictionary(e => e.state, e => e.rule);
        var nullable = new bool[_start.Count];
        var reached = new bool[_empty.Count];
        var work = new Stack<int>();
        void Reach(int state)
        {
            if (!reached[state])
            {
                reached[state] = true;
                work.Push(state);
            }
        }

        _start.ForEach(Reach);
        while (work.TryPop(out var state))
        {
            _empty[state].ForEach(Reach);
            if (ends.TryGetValue(state, out var rule))
            {
                nullable[rule] = true;
                foreach (var (from, to) in callers[rule] ?? [])
                {
                    _empty[from].Add(to);
                    if (reached[from])
                    {
                        Reach(to);
                    }
                }
            }
        }

        return nullable;
    }

    // The states from which their rule can still end.
    private bool[] FindUseful()
    {
        var before = new List<int>?[_empty.Count];
        var callsBefore = new List<(int From, int Rule)>?[_empty.Count];
        var callers = new List<(int From, int To)>?[_start.Count];
        for (var state = 0; state < _empty.Count; state++)
        {
            _empty[state].ForEach(to => (before[to] ??= []).Add(state));
            _bytes[state].ForEach(move => (before[move.Target] ??= []).Add(state));
            foreach (var call in _calls[state])
            {
                (callsBefore[call.Target] ??= []).Add((state, call.Rule));
                (callers[call.Rule] ??= []).Add((state, call.Target));
            }
        }

        var starts = _start.Select((state, rule) => (state, rule)).ToDictionary(e => e.state, e => e.rule);
        var useful = new bool[_empty.Count];
        var work = new Stack<int>();
        void Mark(int state)
        {
            if (!useful[state])
            {
                useful[state] = true;
                work.Push(state);
            }
        }

        _end.ForEach(Mark);
        while (work.TryPop(out var state))
        {
            before[state]?.ForEach(Mark);
            callsBefore[state]?.ForEach(c =>
            {
                if (useful[_start[c.Rule]])
                {
                    Mark(c.From);
                }
            });
            if (starts.TryGetValue(state, out var rule))
            {
                callers[rule]?.ForEach(c =>
                {
                    if (useful[c.To])
                    {
                        Mark(c.From);
                    }
                });
            }
        }

        return useful;
    }

    private GrammarAutomaton Assemble(bool[] useful, bool matchesEmpty)
    {
        var numbers = new Dictionary<int, int>();
        var entries = new List<int>();
        int Number(int state)
        {
            if (!numbers.TryGetValue(state, out var number))
            {
                numbers.Add(state, number = entries.Count);
                entries.Add(state);
            }

            return number;
        }

        var start = _start.Select(Number).ToArray();
        var ends = _end.ToHashSet();
        var (bytes, calls, final) = (new List<ByteMove[]>(), new List<CallMove[]>(), new List<bool>());
        var sets = new List<(CodePointRanges Set, int Target)[]>();
        var seen = new int[_empty.Count];
        var work = new Stack<int>();
        var steps = 0;
        for (var entry = 0; entry < entries.Count; entry++)
        {
            var (taken, called, isFinal) = (new HashSet<ByteMove>(), new HashSet<CallMove>(), false);
            var characters = new List<(CodePointRanges Set, int Target)>();
            work.Push(entries[entry]);
            seen[entries[entry]] = entry + 1;
            while (work.TryPop(out var state))
            {
                steps += 1 + _empty[state].Count + _bytes[state].Count + _calls[state].Count;
                if (steps > MostClosureSteps)
                {
                    throw new InputException("The grammar is too large: too many of its parts in a row can be left out. Make it smaller.");
                }

                isFinal |= ends.Contains(state);
                foreach (var to in _empty[state])
                {
                    if (seen[to] != entry + 1)
                    {
                        seen[to] = entry + 1;
                        work.Push(to);
                    }
                }

                foreach (var move in _bytes[state])
                {
                    if (useful[move.Target])
                    {
                        taken.Add(move with { Target = Number(move.Target) });
                    }
                }

                foreach (var (set, to) in _sets[state])
                {
                    if (useful[to])
                    {
                        characters.Add((set, Number(to)));
                    }
                }

                foreach (var call in _calls[state])
                {
                    if (useful[call.Target] && useful[_start[call.Rule]])
                    {
                        called.Add(call with { Target = Number(call.Target) });
                    }
                }
            }

            bytes.Add([.. taken]);
            calls.Add([.. called]);
            final.Add(isFinal);
            sets.Add([.. characters]);
        }

        var (classes, members) = Classes(bytes);
        return new GrammarAutomaton
        {
            Bytes = [.. bytes],
            Calls = [.. calls],
            Final = [.. final],
            Start = start,
            Rank = Rank(start, calls),
            Root = _grammar.Root,
            MatchesEmpty = matchesEmpty,
            Runs = GrammarRuns.Find(sets, calls, start, position => final[position] && bytes[position].Length == 0 && calls[position].Length == 0),
            ByteClass = classes,
            ClassByte = members,
        };
    }

    // Orders rules by who calls whom before taking a byte (Kahn 1962); what is left over calls itself that way.
    private int[] Rank(int[] start, List<CallMove[]> calls)
    {
        var callers = new int[start.Length];
        foreach (var first in start)
        {
            foreach (var call in calls[first])
            {
                callers[call.Rule]++;
            }
        }

        var rank = new int[start.Length];
        var ready = new Queue<int>(Enumerable.Range(0, start.Length).Where(r => callers[r] == 0));
        var next = 0;
        while (ready.TryDequeue(out var rule))
        {
            rank[rule] = next++;
            foreach (var call in calls[start[rule]])
            {
                if (--callers[call.Rule] == 0)
                {
                    ready.Enqueue(call.Rule);
                }
            }
        }

        if (next < start.Length)
        {
            // Rules that are only called from the cycle are left over too: follow callers until one comes again.
            var inCycle = Enumerable.Range(0, start.Length).First(r => callers[r] > 0);
            var met = new HashSet<int>();
            while (met.Add(inCycle))
            {
                var called = inCycle;
                inCycle = Enumerable.Range(0, start.Length).First(r => callers[r] > 0 && calls[start[r]].Any(c => c.Rule == called));
            }

            throw new InputException($"Rule '{_grammar.Name(inCycle)}' of the grammar can call itself before any character (left recursion). Write it with repetition (*), or with the recursion at the end.");
        }

        return rank;
    }

    private static (byte[] ByteClass, byte[] ClassByte) Classes(List<ByteMove[]> bytes)
    {
        // Moves to the same target are told apart by their limits only, so cutting at all limits is fine enough.
        var cuts = new bool[257];
        foreach (var move in bytes.SelectMany(m => m))
        {
            cuts[move.First] = true;
            cuts[move.Last + 1] = true;
        }

        var classes = new byte[256];
        var members = new List<byte> { 0 };
        for (var b = 1; b < 256; b++)
        {
            if (cuts[b])
            {
                members.Add((byte)b);
            }

            classes[b] = (byte)(members.Count - 1);
        }

        return (classes, [.. members]);
    }
}
