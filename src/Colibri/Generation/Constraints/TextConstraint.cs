using System.Runtime.CompilerServices;
using Colibri.Text;

namespace Colibri.Generation.Constraints;

/// <summary>
/// What a generated text must look like, from its first to its last character: JSON, a JSON Schema, a regular expression
/// or a grammar. Tokens that cannot come are never chosen, whatever the model prefers; the text ends where it is complete.
/// Where the number of tokens or the context ends first, the text is a beginning of one that matches. Immutable, and best
/// kept for many generations: what was computed for one serves the next.
/// </summary>
public sealed class TextConstraint
{
    private static readonly Lazy<TextConstraint> AnyJson = new(() => new TextConstraint(JsonSchemaCompiler.Compile("true")));

    private readonly GrammarAutomaton _automaton;
    private readonly ConditionalWeakTable<Tokenizer, TokenMasks> _masks = [];

    private TextConstraint(Grammar grammar) => _automaton = GrammarCompiler.Compile(grammar);

    /// <summary>Any JSON value, with modest white space.</summary>
    public static TextConstraint Json => AnyJson.Value;

    internal GrammarAutomaton Automaton => _automaton;

    /// <summary>Texts that a grammar in llama.cpp's notation (GBNF) describes, from its rule <c>root</c>.</summary>
    /// <param name="gbnf">The grammar. Left recursion is refused.</param>
    /// <exception cref="InputException">The grammar is faulty or too large; the message gives the line and column.</exception>
    public static TextConstraint FromGrammar(string gbnf) => new(GbnfParser.Parse(gbnf));

    /// <summary>Texts that a regular expression matches as a whole.</summary>
    /// <param name="regex">
    /// Alternatives, groups, classes, escapes, \p{...} and repetitions. \d, \w and \s are ASCII, as in ECMAScript; a dot is any
    /// character but a line break. What is not regular (back references, look-around, word boundaries) is refused.
    /// </param>
    /// <exception cref="InputException">The expression is faulty, too large, or uses what is not held; the message names it.</exception>
    public static TextConstraint FromRegex(string regex)
    {
        var grammar = new Grammar();
        grammar.Root = grammar.Declare("regex");
        grammar.Define(grammar.Root, RegexParser.Parse(regex, whole: true));
        return new TextConstraint(grammar);
    }

    /// <summary>
    /// JSON values that a schema allows (JSON Schema 2020-12 and the same keywords of earlier drafts). Every text given is
    /// valid, but not every valid text is given: properties come in the schema's order, those it does not name only where
    /// additionalProperties asks for them, and white space is modest.
    /// </summary>
    /// <param name="schema">The schema. A keyword that is not held is refused by its name, and never ignored.</param>
    /// <exception cref="InputException">The schema is faulty, too large, allows nothing, or uses what is not held.</exception>
    public static TextConstraint FromJsonSchema(string schema) => new(JsonSchemaCompiler.Compile(schema));

    /// <summary>Whether a whole text matches.</summary>
    public bool Matches(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var states = new GrammarStates(_automaton);
        GrammarState? state = states.Start;
        foreach (var value in System.Text.Encoding.UTF8.GetBytes(text))
        {
            state = states.Step(state, value);
            if (state is null)
            {
                return false;
            }
        }

        return state.Accepting;
    }

    /// <summary>Begins a text.</summary>
    /// <param name="tokenizer">Whose tokens it is written with.</param>
    /// <param name="endOfText">The tokens that end it.</param>
    internal ConstraintMatcher CreateMatcher(Tokenizer tokenizer, IReadOnlyList<int> endOfText) => new(Masks(tokenizer), endOfText);

    /// <summary>The states and masks for a tokenizer.</summary>
    internal TokenMasks Masks(Tokenizer tokenizer) => _masks.GetValue(tokenizer, t => new TokenMasks(_automaton, VocabularyTrie.Of(t)));
}
