using System.Globalization;

namespace Colibri.Text.Templates;

/// <summary>
/// Cuts a template into tokens, with the white space control transformers sets: the newline after a block or comment is
/// dropped (trim_blocks), white space before one on its line as well (lstrip_blocks), and so is one newline at the end.
/// A minus in a tag strips all white space on its side, a plus keeps what the two settings would drop.
/// </summary>
internal sealed class Lexer
{
    private const int MaxDigits = 4000;

    private readonly string _source;
    private readonly List<Token> _tokens = [];
    private int _at;

    // Whether what was read last ended a line, so that only white space stands before the next tag on its line.
    private bool _lineStarts = true;

    private Lexer(string source) => _source = source;

    /// <param name="source">The template with line ends made \n, see <see cref="Normalize"/>.</param>
    /// <exception cref="TemplateFault">A tag, string or bracket is not closed, or a character has no place.</exception>
    public static List<Token> Tokenize(string source)
    {
        var lexer = new Lexer(source);
        lexer.Root();
        return lexer._tokens;
    }

    /// <summary>Line ends as \n, and none at the end of the template.</summary>
    public static string Normalize(string source)
    {
        source = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return source.EndsWith('\n') ? source[..^1] : source;
    }

    private void Root()
    {
        while (_at < _source.Length)
        {
            var tag = FindTag();
            if (tag < 0)
            {
                Add(TokenKind.Text, _source[_at..], _at);
                _at = _source.Length;
                break;
            }

            var kind = _source[tag + 1];
            var sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0';
            AddText(_at, tag, sign, canLeftStrip: kind != '{');
            _at = tag + (sign == 0 ? 2 : 3);
            switch (kind)
            {
                case '#':
                    Comment(tag);
                    break;
                case '{':
                    Add(TokenKind.OutputBegin, "{{", tag);
                    Tag(tag, '}');
                    break;
                default:
                    if (RawBegins())
                    {
                        Raw(tag);
                    }
                    else
                    {
                        Add(TokenKind.BlockBegin, "{%", tag);
                        Tag(tag, '%');
                    }

                    break;
            }
        }

        Add(TokenKind.End, "", _source.Length);
    }

    // The next {{, {% or {#.
    private int FindTag()
    {
        for (var at = _at; ; at++)
        {
            at = _source.IndexOf('{', at);
            if (at < 0 || at + 1 >= _source.Length)
            {
                return -1;
            }

            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
    }

    private void AddText(int start, int end, char sign, bool canLeftStrip)
    {
        if (sign == '-')
        {
            while (end > start && PythonText.IsSpace(_source[end - 1]))
            {
                end--;
            }
        }
        else if (sign != '+' && canLeftStrip)
        {
            var blank = end;
            while (blank > start && _source[blank - 1] != '\n' && PythonText.IsSpace(_source[blank - 1]))
            {
                blank--;
            }

            if (blank > start ? _source[blank - 1] == '\n' : _lineStarts)
            {
                end = blank;
            }
        }

        if (end > start)
        {
            Add(TokenKind.Text, _source[start..end], start);
        }
    }

    private void Comment(int tag)
    {
        var body = _at;
        var close = _source.IndexOf("#}", body, StringComparison.Ordinal);
        if (close < 0)
        {
            throw new TemplateFault("the comment is not closed: '#}' is missing") { Offset = tag };
        }

        _at = close + 2;
        AfterBlock(close > body ? _source[close - 1] : '\0');
    }

    // Applies the sign before a block's or comment's end to what follows it.
    private void AfterBlock(char sign)
    {
        if (sign == '-')
        {
            SkipSpace();
        }
        else if (sign != '+' && _at < _source.Length && _source[_at] == '\n')
        {
            _at++;
        }

        _lineStarts = _source[_at - 1] == '\n';
    }

    private void SkipSpace()
    {
        while (_at < _source.Length && PythonText.IsSpace(_source[_at]))
        {
            _at++;
        }
    }

    // After {%: whether the tag is "raw"; then reads past it.
    private bool RawBegins()
    {
        var start = _at;
        SkipSpace();
        if (string.CompareOrdinal(_source, _at, "raw", 0, 3) == 0)
        {
            _at += 3;
            SkipSpace();
            if (string.CompareOrdinal(_source, _at, "-%}", 0, 3) == 0)
            {
                _at += 3;
                SkipSpace();
                _lineStarts = _source[_at - 1] == '\n';
                return true;
            }

            if (string.CompareOrdinal(_source, _at, "%}", 0, 2) == 0)
            {
                _at += 2;
                _lineStarts = false;
                return true;
            }
        }

        _at = start;
        return false;
    }

    private void Raw(int tag)
    {
        var start = _at;
        for (var open = start; (open = _source.IndexOf("{%", open, StringComparison.Ordinal)) >= 0; open += 2)
        {
            _at = open + 2;
            var sign = _at < _source.Length && _source[_at] is '-' or '+' ? _source[_at++] : '\0';
            SkipSpace();
            if (string.CompareOrdinal(_source, _at, "endraw", 0, 6) != 0)
            {
                continue;
            }

            _at += 6;
            SkipSpace();
            var end = _at < _source.Length && _source[_at] is '-' or '+' ? _source[_at++] : '\0';
            if (string.CompareOrdinal(_source, _at, "%}", 0, 2) != 0)
            {
                continue;
            }

            AddText(start, open, sign, canLeftStrip: true);
            _at += 2;
            AfterBlock(end);
            return;
        }

        throw new TemplateFault("the raw block is not closed: '{% endraw %}' is missing") { Offset = tag };
    }

    // Inside {{ }} (end '}') or {% %} (end '%').
    private void Tag(int tag, char end)
    {
        var brackets = new Stack<char>();
        while (true)
        {
            if (_at >= _source.Length)
            {
                throw new TemplateFault($"the tag is not closed: '{end}}}' is missing") { Offset = tag };
            }

            if (brackets.Count == 0 && TagEnds(end))
            {
                return;
            }

            var c = _source[_at];
            if (PythonText.IsSpace(c))
            {
                _at++;
            }
            else if (char.IsAsciiDigit(c))
            {
                NumberToken();
            }
            else if (PythonText.IsNameStart(c))
            {
                var start = _at;
                while (_at < _source.Length && PythonText.IsNamePart(_source[_at]))
                {
                    _at++;
                }

                Add(TokenKind.Name, _source[start.._at], start);
            }
            else if (c is '\'' or '"')
            {
                StringToken(c);
            }
            else
            {
                OperatorToken(brackets);
            }
        }
    }

    private bool TagEnds(char end)
    {
        var sign = _source[_at] is '-' or '+' ? _source[_at] : '\0';
        var at = sign == 0 ? _at : _at + 1;
        if ((sign == '+' && end == '}') || at + 1 >= _source.Length || _source[at] != end || _source[at + 1] != '}')
        {
            return false;
        }

        Add(end == '}' ? TokenKind.OutputEnd : TokenKind.BlockEnd, "", _at);
        _at = at + 2;
        if (end == '%')
        {
            AfterBlock(sign);
            return true;
        }

        if (sign == '-')
        {
            SkipSpace();
        }

        _lineStarts = _source[_at - 1] == '\n';
        return true;
    }

    private void NumberToken()
    {
        var start = _at;
        var isFloat = false;
        if (_source[_at] == '0' && _at + 1 < _source.Length && char.ToLowerInvariant(_source[_at + 1]) is 'x' or 'o' or 'b' && Prefixed(start))
        {
            return;
        }

        var end = DigitsEnd(start);
        if (start == 0 || _source[start - 1] != '.')
        {
            var after = end;
            if (after + 1 < _source.Length && _source[after] == '.' && char.IsAsciiDigit(_source[after + 1]))
            {
                after = DigitsEnd(after + 1);
                isFloat = true;
            }

            if (after < _source.Length && _source[after] is 'e' or 'E')
            {
                var digits = after + 1 < _source.Length && _source[after + 1] is '+' or '-' ? after + 2 : after + 1;
                if (digits < _source.Length && char.IsAsciiDigit(_source[digits]))
                {
                    after = DigitsEnd(digits);
                    isFloat = true;
                }
            }

            end = isFloat ? after : end;
        }

        var text = _source[start..end].Replace("_", "", StringComparison.Ordinal);
        if (isFloat)
        {
            _at = end;
            Add(TokenKind.Float, text, start, new FloatValue(double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture)));
            return;
        }

        if (text.Length > 1 && text[0] == '0' && text.AsSpan().ContainsAnyExcept('0'))
        {
            throw new TemplateFault($"a number cannot start with 0: '{PythonText.OneLine(text, 40)}'") { Offset = start };
        }

        AddInteger(text, 10, start, end);
    }

    private bool Prefixed(int start)
    {
        var @base = char.ToLowerInvariant(_source[start + 1]) switch { 'x' => 16, 'o' => 8, _ => 2 };
        var end = start + 2;
        while (end < _source.Length && (_source[end] == '_' ? end + 1 < _source.Length && IsDigit(_source[end + 1], @base) : IsDigit(_source[end], @base)))
        {
            end++;
        }

        if (end == start + 2)
        {
            return false;
        }

        AddInteger(_source[(start + 2)..end].Replace("_", "", StringComparison.Ordinal), @base, start, end);
        return true;
    }

    private void AddInteger(string digits, int @base, int start, int end)
    {
        if (digits.Length > MaxDigits)
        {
            throw new TemplateFault($"a number of {digits.Length} digits is too long; {MaxDigits} is the most") { Offset = start };
        }

        _at = end;
        Add(TokenKind.Integer, digits, start, Conversions.TryParseInt(digits, @base, out var value) ? value : IntValue.Zero);
    }

    private static bool IsDigit(char c, int @base) => @base switch
    {
        16 => char.IsAsciiHexDigit(c),
        8 => c is >= '0' and <= '7',
        _ => c is '0' or '1',
    };

    // The end of digits with single underscores between them.
    private int DigitsEnd(int at)
    {
        while (at < _source.Length
            && (char.IsAsciiDigit(_source[at]) || (_source[at] == '_' && at + 1 < _source.Length && char.IsAsciiDigit(_source[at + 1]))))
        {
            at++;
        }

        return at;
    }

    private void StringToken(char quote)
    {
        var start = _at++;
        while (_at < _source.Length && _source[_at] != quote)
        {
            _at += _source[_at] == '\\' ? 2 : 1;
        }

        if (_at >= _source.Length)
        {
            throw new TemplateFault("the string is not closed") { Offset = start };
        }

        var text = StringEscapes.Resolve(_source.AsSpan((start + 1).._at), start);
        _at++;
        Add(TokenKind.String, text, start, StringValue.Of(text));
    }

    private void OperatorToken(Stack<char> brackets)
    {
        var c = _source[_at];
        var next = _at + 1 < _source.Length ? _source[_at + 1] : '\0';
        var (kind, width) = (c, next) switch
        {
            ('/', '/') => (TokenKind.FloorDivide, 2),
            ('*', '*') => (TokenKind.Power, 2),
            ('=', '=') => (TokenKind.Equal, 2),
            ('!', '=') => (TokenKind.NotEqual, 2),
            ('>', '=') => (TokenKind.GreaterOrEqual, 2),
            ('<', '=') => (TokenKind.LessOrEqual, 2),
            ('+', _) => (TokenKind.Add, 1),
            ('-', _) => (TokenKind.Subtract, 1),
            ('/', _) => (TokenKind.Divide, 1),
            ('*', _) => (TokenKind.Multiply, 1),
            ('%', _) => (TokenKind.Modulo, 1),
            ('~', _) => (TokenKind.Tilde, 1),
            ('[', _) => (TokenKind.LeftBracket, 1),
            (']', _) => (TokenKind.RightBracket, 1),
            ('(', _) => (TokenKind.LeftParenthesis, 1),
            (')', _) => (TokenKind.RightParenthesis, 1),
            ('{', _) => (TokenKind.LeftBrace, 1),
            ('}', _) => (TokenKind.RightBrace, 1),
            ('>', _) => (TokenKind.Greater, 1),
            ('<', _) => (TokenKind.Less, 1),
            ('=', _) => (TokenKind.Assign, 1),
            ('.', _) => (TokenKind.Dot, 1),
            (':', _) => (TokenKind.Colon, 1),
            ('|', _) => (TokenKind.Pipe, 1),
            (',', _) => (TokenKind.Comma, 1),
            (';', _) => (TokenKind.Semicolon, 1),
            _ => throw new TemplateFault($"unexpected character '{(char.IsControl(c) ? $"\\x{(int)c:x2}" : c)}'") { Offset = _at },
        };
        switch (c)
        {
            case '(' or '[' or '{':
                brackets.Push(c switch { '(' => ')', '[' => ']', _ => '}' });
                break;
            case ')' or ']' or '}' when !brackets.TryPop(out var expected) || expected != c:
                throw new TemplateFault(expected == 0 ? $"unexpected '{c}'" : $"unexpected '{c}', expected '{expected}'") { Offset = _at };
        }

        Add(kind, _source.Substring(_at, width), _at);
        _at += width;
    }

    private void Add(TokenKind kind, string text, int offset, TemplateValue? value = null) =>
        _tokens.Add(new Token(kind, text, offset, value));
}
