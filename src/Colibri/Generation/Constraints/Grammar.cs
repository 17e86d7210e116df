namespace Colibri.Generation.Constraints;

/// <summary>A context-free grammar over characters while it is put together.</summary>
internal sealed class Grammar
{
    /// <summary>Most rules of a grammar.</summary>
    public const int MostRules = 20_000;

    private readonly List<string> _names = [];
    private readonly List<GrammarNode?> _bodies = [];

    /// <summary>The rule a text starts with.</summary>
    public int Root { get; set; }

    /// <summary>Number of rules.</summary>
    public int Count => _names.Count;

    /// <summary>A rule's name, for errors.</summary>
    public string Name(int rule) => _names[rule];

    /// <summary>What a rule matches, or null while it is not defined.</summary>
    public GrammarNode? Body(int rule) => _bodies[rule];

    /// <summary>Adds a rule that is defined later.</summary>
    /// <exception cref="InputException">There are too many.</exception>
    public int Declare(string name)
    {
        if (_names.Count == MostRules)
        {
            throw new InputException($"The grammar has more than {MostRules} rules; make it smaller.");
        }

        _names.Add(name);
        _bodies.Add(null);
        return _names.Count - 1;
    }

    /// <summary>Says what a rule matches.</summary>
    public void Define(int rule, GrammarNode body) => _bodies[rule] = body;

    /// <summary>Adds a rule.</summary>
    /// <returns>A reference to it.</returns>
    public GrammarNode Add(string name, GrammarNode body)
    {
        var rule = Declare(name);
        Define(rule, body);
        return new GrammarNode.Rule(rule);
    }
}
