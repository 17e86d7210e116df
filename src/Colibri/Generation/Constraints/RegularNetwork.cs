using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>A regular set of texts read one character at a time, each state made when first met.</summary>
internal interface IRegularSet
{
    /// <summary>The state before any character.</summary>
    int Start { get; }

    /// <summary>The sets of characters that are told apart.</summary>
    IEnumerable<CodePointRanges> Sets { get; }

    /// <summary>The state after a character; -1 where no text of the set begins so.</summary>
    int Next(int state, int character);

    /// <summary>Whether the text may end in a state.</summary>
    bool Accepts(int state);
}

/// <summary>Texts of a number of characters.</summary>
/// <param name="least">At least so many.</param>
/// <param name="most">At most so many; -1 is without limit.</param>
internal sealed class LengthSet(int least, int most) : IRegularSet
{
    /// <inheritdoc/>
    public int Start => 0;

    /// <inheritdoc/>
    public IEnumerable<CodePointRanges> Sets => [];

    /// <inheritdoc/>
    public int Next(int state, int character) => most >= 0 ? (state < most ? state + 1 : -1) : Math.Min(state + 1, least);

    /// <inheritdoc/>
    public bool Accepts(int state) => state >= least;
}

/// <summary>The texts that a part without rules matches (subset construction, Rabin and Scott 1959).</summary>
internal sealed class RegularNetwork : IRegularSet
{
    private const int MostStates = 50_000;
    private const int MostPlaces = 500_000;

    private readonly List<List<int>> _empty = [];
    private readonly List<List<(CodePointRanges Set, int To)>> _moves = [];
    private readonly List<int[]> _states = [];
    private readonly Dictionary<string, int> _known = [];
    private readonly int _end;
    private int _places;

    /// <summary>Prepares a part.</summary>
    /// <exception cref="InputException">It is too large.</exception>
    public RegularNetwork(Node node)
    {
        var start = Place();
        _end = Place();
        Build(node, start, _end);
        Start = State([start]);
    }

    /// <inheritdoc/>
    public int Start { get; }

    /// <inheritdoc/>
    public IEnumerable<CodePointRanges> Sets => _moves.SelectMany(m => m).Select(m => m.Set);

    /// <inheritdoc/>
    public int Next(int state, int character)
    {
        var reached = new List<int>();
        foreach (var place in _states[state])
        {
            foreach (var (set, to) in _moves[place])
            {
                if (set.Contains(character))
                {
                    reached.Add(to);
                }
            }
        }

        return reached.Count == 0 ? -1 : State(reached);
    }

    /// <inheritdoc/>
    public bool Accepts(int state) => Array.BinarySearch(_states[state], _end) >= 0;

    private int State(List<int> places)
    {
        var seen = new HashSet<int>(places);
        var work = new Stack<int>(seen);
        while (work.TryPop(out var place))
        {
            foreach (var to in _empty[place])
            {
                if (seen.Add(to))
                {
                    work.Push(to);
                }
            }
        }

        var sorted = seen.Order().ToArray();
        var key = string.Join(',', sorted);
        if (!_known.TryGetValue(key, out var state))
        {
            _places += sorted.Length;
            if (_places > MostPlaces)
            {
                throw new InputException("An expression is too large to be combined with others: too many of its parts can come at once. Use smaller counts.");
            }

            _known.Add(key, state = _states.Count);
            _states.Add(sorted);
        }

        return state;
    }

    private int Place()
    {
        if (_empty.Count == MostStates)
        {
            throw new InputException($"An expression is too large to be combined with others: with its repetitions written out it has more than {MostStates} places. Use smaller counts.");
        }

        _empty.Add([]);
        _moves.Add([]);
        return _empty.Count - 1;
    }

    private void Build(Node node, int from, int to)
    {
        switch (node)
        {
            case Node.Characters characters:
                _moves[from].Add((characters.Set, to));
                break;
            case Node.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    var next = Place();
                    Build(part, from, next);
                    from = next;
                }

                _empty[from].Add(to);
                break;
            case Node.Choice choice:
                foreach (var option in choice.Options)
                {
                    Build(option, from, to);
                }

                break;
            case Node.Repeat repeat:
                for (var i = 0; i < repeat.Least; i++)
                {
                    from = Then(repeat.Part, from);
                }

                if (repeat.Most < 0)
                {
                    var loop = Place();
                    _empty[from].Add(loop);
                    _empty[Then(repeat.Part, loop)].Add(loop);
                    from = loop;
                }

                for (var i = repeat.Least; i < repeat.Most; i++)
                {
                    _empty[from].Add(to);
                    from = Then(repeat.Part, from);
                }

                _empty[from].Add(to);
                break;
            default:
                throw new InvalidOperationException("Only expressions without rules are regular.");
        }
    }

    private int Then(Node part, int from)
    {
        var next = Place();
        Build(part, from, next);
        return next;
    }
}
