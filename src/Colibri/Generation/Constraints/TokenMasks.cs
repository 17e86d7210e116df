namespace Colibri.Generation.Constraints;

/// <summary>
/// A grammar's states with the masks of one vocabulary: one bit per token, kept for the states used last. Safe for several
/// threads; each call holds a lock.
/// </summary>
internal sealed class TokenMasks
{
    /// <summary>Most bytes of masks that are kept.</summary>
    public const int MostBytes = 16 << 20;

    private readonly GrammarStates _states;
    private readonly VocabularyTrie _vocabulary;
    private readonly VocabularyWalk _walk;
    private readonly Dictionary<GrammarState, LinkedListNode<(GrammarState State, ulong[] Mask)>> _known = [];
    private readonly LinkedList<(GrammarState State, ulong[] Mask)> _used = new();
    private readonly int _capacity;
    private int _age;

    /// <summary>Begins with an automaton and a vocabulary.</summary>
    public TokenMasks(GrammarAutomaton automaton, VocabularyTrie vocabulary)
    {
        _states = new GrammarStates(automaton);
        _vocabulary = vocabulary;
        _walk = new VocabularyWalk(_states, vocabulary, [.. automaton.Runs.Sets.Select(vocabulary.Outside)]);
        _capacity = Math.Max(16, MostBytes / Math.Max(8, (vocabulary.VocabularySize + 63) / 64 * 8));
    }

    /// <summary>The state before any text.</summary>
    public GrammarState Start => _states.Start;

    /// <summary>How many masks were computed.</summary>
    public int Computed { get; private set; }

    /// <summary>The bytes of a token.</summary>
    public ReadOnlySpan<byte> Bytes(int id) => _vocabulary.TokenBytes(id);

    /// <summary>The state after more bytes, or null where they cannot come.</summary>
    public GrammarState? Advance(GrammarState state, ReadOnlySpan<byte> bytes)
    {
        lock (_states)
        {
            GrammarState? next = state;
            foreach (var value in bytes)
            {
                next = _states.Step(next, value);
                if (next is null)
                {
                    return null;
                }
            }

            return next;
        }
    }

    /// <summary>The tokens that can come in a state, a bit per id.</summary>
    public ulong[] Allowed(GrammarState state)
    {
        lock (_states)
        {
            if (_age != _states.Age)
            {
                _known.Clear();
                _used.Clear();
                _age = _states.Age;
            }

            if (_known.TryGetValue(state, out var found))
            {
                _used.Remove(found);
                _used.AddFirst(found);
                return found.Value.Mask;
            }

            var mask = _walk.Allowed(state);
            Computed++;
            if (_known.Count == _capacity)
            {
                _known.Remove(_used.Last!.Value.State);
                _used.RemoveLast();
            }

            _known.Add(state, _used.AddFirst((state, mask)));
            return mask;
        }
    }
}
