using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Reads llama.cpp's grammar notation (grammars/README.md there): rules <c>name ::= ...</c> of texts in quotes, classes,
/// names, groups and repetitions; a rule goes on in the next line within a group or behind <c>|</c>.
/// </summary>
internal sealed class GbnfParser
{
    private readonly TextCursor _text;
    private readonly Grammar _grammar = new();
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<int, int> _firstUse = [];
    private int _signs;

    private GbnfParser(string text) => _text = new TextCursor(text, "The grammar");

    /// <summary>Reads a grammar.</summary>
    /// <exception cref="InputException">It is faulty.</exception>
    public static Grammar Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new GbnfParser(text).Parse();
    }

    private Grammar Parse()
    {
        Space(lines: true);
        while (!_text.AtEnd)
        {
            Rule();
            Space(lines: true);
        }

        foreach (var (name, rule) in _rules)
        {
            if (_grammar.Body(rule) is null)
            {
                _text.Position = _firstUse[rule];
                _text.Fail($"rule '{name}' is used but not defined");
            }
        }

        if (!_rules.TryGetValue("root", out var root))
        {
            _text.Fail("there is no rule 'root', with which a text starts");
        }

        _grammar.Root = root;
        return _grammar;
    }

    private void Rule()
    {
        var start = _text.Position;
        var name = Name();
        Space(lines: false);
        if (!_text.TryTake("::="))
        {
            _text.Fail($"'::=' is expected behind the rule name '{name}'");
        }

        var rule = Find(name, start);
        if (_grammar.Body(rule) is not null)
        {
            _text.Position = start;
            _text.Fail($"rule '{name}' is defined twice");
        }

        Space(lines: true);
        _grammar.Define(rule, Alternatives(nested: false));
        if (!_text.AtEnd && _text.Next is not ('\n' or '\r'))
        {
            _text.Fail($"'{_text.Next}' is not expected here; a rule ends with its line");
        }
    }

    private Node Alternatives(bool nested)
    {
        var options = new List<Node> { Items(nested) };
        while (_text.TryTake("|"))
        {
            Space(lines: true);
            options.Add(Items(nested));
        }

        return Node.Either(options);
    }

    private Node Items(bool nested)
    {
        var parts = new List<Node>();
        while (Item() is { } part)
        {
            while (true)
            {
                // Repetition signs may stand behind a space.
                Space(nested);
                (int Least, int Most)? counts = _text.TryTake("*") ? (0, -1) : _text.TryTake("+") ? (1, -1) : _text.TryTake("?") ? (0, 1)
                    : _text.TryTake("{") ? _text.TakeCounts() : null;
                if (counts is null)
                {
                    break;
                }

                // Each sign nests the part once more, as a group would.
                part = new Node.Repeat(part, counts.Value.Least, counts.Value.Most);
                _text.Enter();
                _signs++;
            }

            for (; _signs > 0; _signs--)
            {
                _text.Leave();
            }

            parts.Add(part);
        }

        return Node.All(parts);
    }

    private Node? Item()
    {
        switch (_text.Next)
        {
            case '"':
                return Quoted();
            case '[':
                return Class();
            case '.':
                _text.Position++;
                return new Node.Characters(CodePointRanges.Any);
            case '(':
                _text.Enter();
                _text.Position++;
                Space(lines: true);
                var outer = _signs;
                _signs = 0;
                var group = Alternatives(nested: true);
                _signs = outer;
                if (!_text.TryTake(")"))
                {
                    _text.Fail("')' is expected");
                }

                _text.Leave();
                return group;
            case '<' or '!':
                _text.Fail("tokens by name or number (<...>) are not supported; write the text itself");
                return null;
            case var c when IsName(c):
                var start = _text.Position;
                return new Node.Rule(Find(Name(), start));
            default:
                return null;
        }
    }

    private Node Quoted()
    {
        _text.Position++;
        var parts = new List<Node>();
        while (!_text.TryTake("\""))
        {
            parts.Add(new Node.Characters(CodePointRanges.Of(Character())));
        }

        return Node.All(parts);
    }

    private Node Class()
    {
        _text.Position++;
        var negated = _text.TryTake("^");
        var ranges = new List<(int, int)>();
        while (!_text.TryTake("]"))
        {
            var first = Character();
            var last = first;
            if (_text.Next == '-' && _text.Ahead(1) != ']')
            {
                _text.Position++;
                last = Character();
            }

            if (last < first)
            {
                _text.Fail("a range of a class has its ends in the wrong order");
            }

            ranges.Add((first, last));
        }

        var set = CodePointRanges.Of(ranges);
        return new Node.Characters(negated ? set.Negate() : set);
    }

    private int Character()
    {
        if (!_text.TryTake("\\"))
        {
            return _text.TakeRune();
        }

        var escape = _text.TakeRune();
        switch (escape)
        {
            case 'x':
                return _text.TakeHex(2);
            case 'u':
                return _text.TakeHex(4);
            case 'U':
                return _text.TakeHex(8);
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'n':
                return '\n';
            case '\\' or '"' or '[' or ']' or '-' or '^':
                return escape;
            default:
                _text.Fail("this escape is not known; \\x, \\u, \\U, \\t, \\r, \\n, \\\\, \\\", \\[, \\], \\- and \\^ are");
                return 0;
        }
    }

    private string Name()
    {
        var start = _text.Position;
        while (IsName(_text.Next))
        {
            _text.Position++;
        }

        if (_text.Position == start)
        {
            _text.Fail("the name of a rule is expected");
        }

        return _text.Between(start, _text.Position);
    }

    private int Find(string name, int place)
    {
        if (!_rules.TryGetValue(name, out var rule))
        {
            _rules.Add(name, rule = _grammar.Declare(name));
            _firstUse.Add(rule, place);
        }

        return rule;
    }

    private void Space(bool lines)
    {
        while (true)
        {
            if (_text.Next is ' ' or '\t' || (lines && (_text.Next is '\r' or '\n')))
            {
                _text.Position++;
            }
            else if (_text.Next == '#')
            {
                while (!_text.AtEnd && _text.Next is not ('\r' or '\n'))
                {
                    _text.Position++;
                }
            }
            else
            {
                return;
            }
        }
    }

    private static bool IsName(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_';
}
