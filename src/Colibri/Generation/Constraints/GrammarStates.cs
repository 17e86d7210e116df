using System.Runtime.InteropServices;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Runs an automaton, all ways to read the text at once, with one node for all that call a rule at the same place (a
/// graph-structured stack, Tomita 1985): ambiguity costs a polynomial, not an exponential. States are made when first
/// needed and kept in a bounded table. Not safe for several threads at a time.
/// </summary>
internal sealed class GrammarStates
{
    /// <summary>Most positions that may be open at once.</summary>
    public const int MostItems = 20_000;

    private const long MostBytes = 32 << 20;

    private static readonly ReturnNode Bottom = new(0, [], endsText: true);

    private readonly GrammarAutomaton _automaton;
    private readonly Dictionary<Key, GrammarState> _states = [];
    private readonly Dictionary<Key, ReturnNode> _nodes = [];
    private readonly HashSet<(int, int)> _seen = [];
    private readonly Stack<(int Position, ReturnNode Node)> _work = new();
    private readonly PriorityQueue<int, int> _calls = new();
    private readonly Dictionary<int, Waiting> _waiting = [];
    private readonly List<(int Position, ReturnNode Node)> _items = [];
    private readonly List<(int Position, ReturnNode Node)> _returns = [];
    private readonly Stack<Waiting> _spare = new();
    private long _bytes;
    private int _age;
    private int _nextNode = 1;
    private bool _accepting;

    /// <summary>Begins with an automaton.</summary>
    public GrammarStates(GrammarAutomaton automaton)
    {
        _automaton = automaton;
        Call(automaton.Root, Bottom);
        Start = Finish(automaton.MatchesEmpty)!;
    }

    /// <summary>Before any text.</summary>
    public GrammarState Start { get; }

    /// <summary>Changes when the table was emptied; what is kept by state is best let go then.</summary>
    public int Age => _age;

    /// <summary>The state after one more byte, or null where the byte cannot come.</summary>
    /// <exception cref="InputException">The grammar is so ambiguous that too many positions are open.</exception>
    public GrammarState? Step(GrammarState state, byte value)
    {
        if (state.Next is null || state.Age != _age)
        {
            state.Next = new GrammarState?[_automaton.ClassByte.Length];
            state.Age = _age;
        }

        var next = state.Next[_automaton.ByteClass[value]];
        if (next is null)
        {
            next = Compute(state, value) ?? Dead;
            if (state.Age == _age)
            {
                state.Next[_automaton.ByteClass[value]] = next;
            }
        }

        return next == Dead ? null : next;
    }

    /// <summary>Finds the characters that can come many times in a row in a state: of several sets the one that can for longest.</summary>
    /// <param name="state">The state.</param>
    /// <param name="used">Sets that are null here are passed over.</param>
    public void FindRun(GrammarState state, int[]?[] used)
    {
        (state.Run, state.RunLength) = (-1, 0);
        foreach (var (position, _) in state.Items)
        {
            var set = _automaton.Runs.Set[position];
            if (set >= 0 && used[set] is not null && _automaton.Runs.Length[position] > state.RunLength)
            {
                (state.Run, state.RunLength) = (set, _automaton.Runs.Length[position]);
            }
        }
    }

    private static GrammarState Dead { get; } = new([], false);

    private GrammarState? Compute(GrammarState state, byte value)
    {
        foreach (var (position, node) in state.Items)
        {
            foreach (var move in _automaton.Bytes[position])
            {
                if (value >= move.First && value <= move.Last)
                {
                    Add(move.Target, node);
                }
            }
        }

        return Finish(false);
    }

    private void Add(int position, ReturnNode node)
    {
        if (_seen.Add((position, node.Id)))
        {
            CheckSize(_seen.Count);
            _work.Push((position, node));
        }
    }

    private void Call(int rule, ReturnNode node)
    {
        // The start of a rule does not end the rule: callers step over rules that may be empty by themselves.
        var start = _automaton.Start[rule];
        if (_seen.Add((start, node.Id)))
        {
            CheckSize(_seen.Count);
            Visit(start, node);
        }
    }

    private void Visit(int position, ReturnNode node)
    {
        if (_automaton.Bytes[position].Length > 0 || _automaton.Runs.Set[position] >= 0)
        {
            _items.Add((position, node));
        }

        foreach (var call in _automaton.Calls[position])
        {
            if (!_waiting.TryGetValue(call.Rule, out var waiting))
            {
                _waiting.Add(call.Rule, waiting = _spare.TryPop(out var spare) ? spare : new Waiting());
                _calls.Enqueue(call.Rule, _automaton.Rank[call.Rule]);
            }

            // With nothing left of the caller, its own callers wait: recursion at the end of a rule does not grow anything.
            if (_automaton.IsEnd(call.Target))
            {
                waiting.EndsText |= node.EndsText;
                foreach (var place in node.Returns)
                {
                    waiting.Returns.Add((place.Position, place.Node.Id, place.Node));
                }
            }
            else
            {
                waiting.Returns.Add((call.Target, node.Id, node));
            }

            CheckSize(waiting.Returns.Count);
        }
    }

    // Follows ends and calls until only positions that take bytes are left.
    private GrammarState? Finish(bool accepting)
    {
        try
        {
            _accepting = accepting;
            while (true)
            {
                while (_work.TryPop(out var item))
                {
                    Visit(item.Position, item.Node);
                    if (_automaton.Final[item.Position])
                    {
                        _accepting |= item.Node.EndsText;
                        foreach (var (position, node) in item.Node.Returns)
                        {
                            Add(position, node);
                        }
                    }
                }

                if (!_calls.TryDequeue(out var rule, out _))
                {
                    break;
                }

                // All callers are known now: a rule is ranked behind those that can call it here.
                _waiting.Remove(rule, out var waiting);
                Call(rule, Node(waiting!));
            }

            return _items.Count == 0 && !_accepting ? null : State();
        }
        finally
        {
            _seen.Clear();
            _work.Clear();
            _calls.Clear();
            _waiting.Clear();
            _items.Clear();
        }
    }

    private ReturnNode Node(Waiting waiting)
    {
        _returns.Clear();
        foreach (var (position, _, place) in waiting.Returns)
        {
            _returns.Add((position, place));
        }

        _returns.Sort(static (a, b) => a.Position != b.Position ? a.Position.CompareTo(b.Position) : a.Node.Id.CompareTo(b.Node.Id));
        var ends = waiting.EndsText;
        var key = Key.Of(CollectionsMarshal.AsSpan(_returns), ends);
        waiting.Returns.Clear();
        waiting.EndsText = false;
        _spare.Push(waiting);
        if (!_nodes.TryGetValue(key, out var node))
        {
            var returns = _returns.ToArray();
            _nodes.Add(key, node = new ReturnNode(_nextNode++, returns, ends));
            _bytes += 200 + (returns.Length * 24L);
        }

        return node;
    }

    private GrammarState State()
    {
        _items.Sort(static (a, b) => a.Position != b.Position ? a.Position.CompareTo(b.Position) : a.Node.Id.CompareTo(b.Node.Id));
        var key = Key.Of(CollectionsMarshal.AsSpan(_items), _accepting);
        if (!_states.TryGetValue(key, out var state))
        {
            var items = _items.ToArray();
            if (_bytes > MostBytes)
            {
                _states.Clear();
                _nodes.Clear();
                _bytes = 0;
                _age++;
            }

            _states.Add(key, state = new GrammarState(items, _accepting) { Age = _age });
            _bytes += 300 + (items.Length * 24L) + (_automaton.ClassByte.Length * 8L);
        }

        return state;
    }

    private static void CheckSize(int count)
    {
        if (count > MostItems)
        {
            throw new InputException($"The grammar is too ambiguous: the text so far can be read in more than {MostItems} ways. Make its alternatives differ earlier.");
        }
    }

    private sealed class Waiting
    {
        public HashSet<(int Position, int Id, ReturnNode Node)> Returns { get; } = [];

        public bool EndsText { get; set; }
    }

    private readonly struct Key : IEquatable<Key>
    {
        private readonly long[] _values;
        private readonly int _hash;

        private Key(long[] values)
        {
            _values = values;
            var hash = new HashCode();
            hash.AddBytes(MemoryMarshal.AsBytes<long>(values));

            _hash = hash.ToHashCode();
        }

        public static Key Of(ReadOnlySpan<(int Position, ReturnNode Node)> places, bool ends)
        {
            var values = new long[places.Length + 1];
            for (var i = 0; i < places.Length; i++)
            {
                values[i] = ((long)places[i].Position << 32) | (uint)places[i].Node.Id;
            }

            values[^1] = ends ? 1 : 0;
            return new Key(values);
        }

        public bool Equals(Key other) => _hash == other._hash && _values.AsSpan().SequenceEqual(other._values);

        public override bool Equals(object? obj) => obj is Key other && Equals(other);

        public override int GetHashCode() => _hash;
    }
}
