using Colibri.Text.Patterns;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Reads the regular part of the common regular expressions (ECMA-262, .NET, PCRE). What a search prefers, greedy or lazy,
/// does not change which texts match, so both are taken.
/// </summary>
internal sealed class RegexParser
{
    private static readonly CodePointRanges Digits = CodePointRanges.Of(('0', '9'));
    private static readonly CodePointRanges Word = CodePointRanges.Of(('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z'));
    private static readonly CodePointRanges Spaces = CodePointRanges.OfEach(" \t\n\r\f\v");
    private static readonly CodePointRanges Dot = CodePointRanges.OfEach("\n\r\u2028\u2029").Negate();

    private readonly TextCursor _text;
    private readonly bool _whole;

    private RegexParser(string text, bool whole) => (_text, _whole) = (new TextCursor(text, $"The regular expression '{Shorten(text)}'"), whole);

    /// <summary>Reads an expression.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="whole">Whether it is to match a whole text; otherwise any text it occurs in.</param>
    /// <exception cref="InputException">It is faulty or not regular.</exception>
    public static Node Parse(string text, bool whole)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parser = new RegexParser(text, whole);
        var node = parser.Alternatives(top: true);
        if (!parser._text.AtEnd)
        {
            parser._text.Fail("')' closes no group");
        }

        return node;
    }

    private static string Shorten(string text) => new((text.Length > 60 ? text[..60] + "..." : text).Select(c => char.IsControl(c) ? ' ' : c).ToArray());

    private Node Alternatives(bool top)
    {
        var options = new List<Node> { Items(top) };
        while (_text.TryTake("|"))
        {
            options.Add(Items(top));
        }

        return Node.Either(options);
    }

    private Node Items(bool top)
    {
        var anything = new Node.Repeat(new Node.Characters(CodePointRanges.Any), 0, -1);
        var (starts, ends) = (_whole, _whole);
        while (top && _text.TryTake("^"))
        {
            starts = true;
        }

        var parts = new List<Node>();
        while (!_text.AtEnd && _text.Next is not ('|' or ')'))
        {
            if (top && _text.Next == '$' && _text.Ahead(1) is '\0' or '|' or '$')
            {
                _text.Position++;
                ends = true;
                continue;
            }

            if (ends && !_whole)
            {
                _text.Fail("'$' is supported at the end of an alternative only");
            }

            parts.Add(Quantified(Item()));
        }

        if (top && !starts)
        {
            parts.Insert(0, anything);
        }

        if (top && !ends)
        {
            parts.Add(anything);
        }

        return Node.All(parts);
    }

    private Node Quantified(Node part)
    {
        (int Least, int Most)? counts = _text.TryTake("*") ? (0, -1) : _text.TryTake("+") ? (1, -1) : _text.TryTake("?") ? (0, 1) : null;
        if (counts is null && _text.Next == '{' && _text.TryTake("{"))
        {
            counts = _text.TakeCounts();
        }

        if (counts is not { } c)
        {
            return part;
        }

        if (!_text.TryTake("?") && _text.Next == '+')
        {
            _text.Fail("possessive repetition ('+' behind a repetition) is not supported");
        }

        if (_text.Next is '*' or '+' or '?' or '{')
        {
            _text.Fail("a repetition cannot be repeated; put it in a group");
        }

        return new Node.Repeat(part, c.Least, c.Most);
    }

    private Node Item()
    {
        switch (_text.Next)
        {
            case '(':
                return Group();
            case '[':
                _text.Position++;
                return new Node.Characters(Class());
            case '.':
                _text.Position++;
                return new Node.Characters(Dot);
            case '^' or '$':
                _text.Fail($"'{_text.Next}' is supported at the ends of the whole expression or of its alternatives only");
                return Node.Nothing;
            case '*' or '+' or '?':
                _text.Fail($"'{_text.Next}' has nothing before it to repeat");
                return Node.Nothing;
            case '{' or '}' or ']':
                _text.Fail($"'{_text.Next}' stands alone; write \\{_text.Next} for the character");
                return Node.Nothing;
            case '\\':
                _text.Position++;
                return new Node.Characters(Escape(inClass: false));
            default:
                return new Node.Characters(CodePointRanges.Of(_text.TakeRune()));
        }
    }

    private Node Group()
    {
        _text.Position++;
        if (_text.Next == '?' && !_text.TryTake("?:"))
        {
            var name = _text.Ahead(1) == 'P' ? 2 : 1;
            if (_text.Ahead(name) is '<' or '\'' && _text.Ahead(name + 1) is not ('=' or '!'))
            {
                var close = _text.Ahead(name) == '<' ? '>' : '\'';
                _text.Position += name + 1;
                while (_text.Next != close)
                {
                    if (!char.IsLetterOrDigit(_text.Next) && _text.Next != '_')
                    {
                        _text.Fail("a group's name is expected to be letters and digits");
                    }

                    _text.Position++;
                }

                _text.Position++;
            }
            else
            {
                _text.Fail(_text.Ahead(1) switch
                {
                    '=' or '!' => $"look-ahead '(?{_text.Ahead(1)}' is not supported",
                    '<' => $"look-behind '(?<{_text.Ahead(2)}' is not supported",
                    '>' => "an atomic group '(?>' is not supported",
                    '#' => "a comment '(?#' is not supported",
                    _ => "options and conditions within '(?' are not supported",
                });
            }
        }

        _text.Enter();
        var group = Alternatives(top: false);
        if (!_text.TryTake(")"))
        {
            _text.Fail("')' is expected");
        }

        _text.Leave();
        return group;
    }

    private CodePointRanges Class()
    {
        var negated = _text.TryTake("^");
        var set = CodePointRanges.None;
        var ranges = new List<(int, int)>();
        if (_text.Next == ']')
        {
            _text.Fail("the class is empty; write \\] for the character");
        }

        while (!_text.TryTake("]"))
        {
            if (_text.Next == '[' && _text.Ahead(1) is ':' or '=' or '.')
            {
                _text.Fail($"'[{_text.Ahead(1)}' within a class is not supported; write \\[ for the character");
            }

            if (_text.Next == '-' && _text.Ahead(1) == '[')
            {
                _text.Fail("class subtraction '-[' is not supported");
            }

            if (_text.Next == '&' && _text.Ahead(1) == '&')
            {
                _text.Fail("class intersection '&&' is not supported; write \\& for the character");
            }

            var first = Member();
            if (_text.Next == '-' && _text.Ahead(1) is not (']' or '\0'))
            {
                _text.Position++;
                var last = Member();
                if (Single(first) is not { } low || Single(last) is not { } high || high < low)
                {
                    _text.Fail("a range of a class needs a character at each end, in order");
                    return set;
                }

                ranges.Add((low, high));
                continue;
            }

            ranges.AddRange(first.Ranges);
        }

        set = CodePointRanges.Of(ranges);
        return negated ? set.Negate() : set;
    }

    private CodePointRanges Member() => _text.TryTake("\\") ? Escape(inClass: true) : CodePointRanges.Of(_text.TakeRune());

    private static int? Single(CodePointRanges set) => set.Ranges.Count == 1 && set.Ranges[0].First == set.Ranges[0].Last ? set.Ranges[0].First : null;

    private CodePointRanges Escape(bool inClass)
    {
        var c = _text.TakeRune();
        switch (c)
        {
            case 'd':
                return Digits;
            case 'D':
                return Digits.Negate();
            case 'w':
                return Word;
            case 'W':
                return Word.Negate();
            case 's':
                return Spaces;
            case 'S':
                return Spaces.Negate();
            case 't':
                return CodePointRanges.Of('\t');
            case 'n':
                return CodePointRanges.Of('\n');
            case 'r':
                return CodePointRanges.Of('\r');
            case 'f':
                return CodePointRanges.Of('\f');
            case 'v':
                return CodePointRanges.Of('\v');
            case '0' when !char.IsAsciiDigit(_text.Next):
                return CodePointRanges.Of(0);
            case 'b' when inClass:
                return CodePointRanges.Of('\b');
            case 'x':
                return CodePointRanges.Of(_text.TakeHex(2));
            case 'u' when _text.TryTake("{"):
                return CodePointRanges.Of(Braced());
            case 'u':
                return CodePointRanges.Of(_text.TakeHex(4));
            case 'p' or 'P':
                return Property(negated: c == 'P');
            case >= '0' and <= '9':
                _text.Fail("a back reference or octal escape is not supported");
                return CodePointRanges.None;
            case 'b' or 'B' or 'A' or 'Z' or 'z' or 'G':
                _text.Fail($"the condition \\{(char)c} is not supported");
                return CodePointRanges.None;
            case < 0x80 when char.IsAsciiLetter((char)c):
                _text.Fail($"the escape \\{(char)c} is not supported");
                return CodePointRanges.None;
            default:
                return CodePointRanges.Of(c);
        }
    }

    private int Braced()
    {
        var digits = 0;
        while (char.IsAsciiHexDigit(_text.Ahead(digits)) && digits < 7)
        {
            digits++;
        }

        var value = _text.TakeHex(Math.Max(1, digits));
        if (!_text.TryTake("}"))
        {
            _text.Fail("'}' is expected");
        }

        return value;
    }

    private CodePointRanges Property(bool negated)
    {
        if (!_text.TryTake("{"))
        {
            _text.Fail("'{' is expected behind \\p");
        }

        var start = _text.Position;
        while (!_text.AtEnd && _text.Next != '}')
        {
            _text.Position++;
        }

        var name = _text.Between(start, Math.Min(_text.Position, start + 60));
        if (!_text.TryTake("}") || UnicodeProperty.Find(name) is not { } set)
        {
            _text.Position = start;
            _text.Fail($"the character property '{name}' is not known");
            return CodePointRanges.None;
        }

        var members = CodePointRanges.Of(set);
        return negated ? members.Negate() : members;
    }
}
