using System.Globalization;
using System.Text;
using Colibri.Text.Unicode;

namespace Colibri.Text.Patterns;

/// <summary>
/// Parses the regular expressions found in tokenizer files. Groups are not remembered, so references back to them are
/// refused, as is everything else that is not known: by name, never guessed.
/// </summary>
internal sealed partial class PatternParser
{
    private const int DeepestNesting = 100;
    private const int MostRepeats = 10_000;

    private readonly int[] pattern;
    private readonly string text;
    private readonly PatternDialect dialect;
    private int at;
    private int depth;
    private bool ignoreCase;
    private bool dotTakesLineFeed;
    private bool extended;
    private bool manyLines;

    private PatternParser(string text, PatternDialect dialect)
    {
        this.text = text;
        this.dialect = dialect;
        pattern = text.EnumerateRunes().Select(r => r.Value).ToArray();
    }

    /// <summary>Parses a pattern.</summary>
    /// <exception cref="InputException">The pattern is wrong or uses something that is not known.</exception>
    public static PatternNode Parse(string text, PatternDialect dialect)
    {
        var parser = new PatternParser(text, dialect);
        var node = parser.Choice();
        return parser.at == parser.pattern.Length ? node : throw parser.Wrong("has a ')' too many");
    }

    private bool More => at < pattern.Length;

    private bool Take(char expected)
    {
        if (More && pattern[at] == expected)
        {
            at++;
            return true;
        }

        return false;
    }

    private bool TakeAll(string expected)
    {
        if (at + expected.Length > pattern.Length)
        {
            return false;
        }

        for (var i = 0; i < expected.Length; i++)
        {
            if (pattern[at + i] != expected[i])
            {
                return false;
            }
        }

        at += expected.Length;
        return true;
    }

    private int Next(string what) => More ? pattern[at++] : throw Wrong($"ends where {what} is expected");

    private PatternNode Choice()
    {
        if (++depth > DeepestNesting)
        {
            throw Wrong($"is nested more than {DeepestNesting} deep");
        }

        var options = new List<PatternNode> { Sequence() };
        while (Take('|'))
        {
            options.Add(Sequence());
        }

        depth--;
        return options.Count == 1 ? options[0] : new PatternNode.Choice(options);
    }

    private PatternNode Sequence()
    {
        var parts = new List<PatternNode>();
        while (More && pattern[at] is not '|' and not ')')
        {
            if (extended && SkipExtended())
            {
                continue;
            }

            // Flags in a group without a part hold to the end of the group around them.
            if (Atom() is { } atom)
            {
                parts.Add(Repeated(atom));
            }
        }

        return parts.Count switch
        {
            0 => new PatternNode.Empty(),
            1 => parts[0],
            _ => new PatternNode.Sequence(parts),
        };
    }

    private bool SkipExtended()
    {
        if (CharacterClass.IsSpace(pattern[at]))
        {
            at++;
            return true;
        }

        if (pattern[at] != '#')
        {
            return false;
        }

        while (More && pattern[at] != '\n')
        {
            at++;
        }

        return true;
    }

    private PatternNode Repeated(PatternNode part)
    {
        while (More)
        {
            int minimum;
            int maximum;
            var counted = false;
            if (Take('*'))
            {
                (minimum, maximum) = (0, -1);
            }
            else if (Take('+'))
            {
                (minimum, maximum) = (1, -1);
            }
            else if (Take('?'))
            {
                (minimum, maximum) = (0, 1);
            }
            else if (TryCount(out minimum, out maximum))
            {
                counted = true;
            }
            else
            {
                break;
            }

            var greed = Greed.Greedy;
            if (Take('?'))
            {
                greed = Greed.Lazy;
            }
            else if ((!counted || dialect == PatternDialect.Rust) && Take('+'))
            {
                greed = Greed.Possessive;
            }

            part = new PatternNode.Repeat(part, minimum, maximum, greed);
        }

        return part;
    }

    // {n}, {n,}, {,m}, {n,m}; anything else in braces is text.
    private bool TryCount(out int minimum, out int maximum)
    {
        minimum = 0;
        maximum = -1;
        var start = at;
        if (!Take('{'))
        {
            return false;
        }

        var low = Number();
        var comma = Take(',');
        var high = comma ? Number() : low;
        if (!Take('}') || (low < 0 && high < 0))
        {
            at = start;
            return false;
        }

        minimum = Math.Max(low, 0);
        maximum = comma ? high : low;
        if (maximum >= 0 && maximum < minimum)
        {
            throw Wrong($"repeats at least {minimum} and at most {maximum} times");
        }

        return true;
    }

    private int Number()
    {
        var value = -1;
        while (More && pattern[at] is >= '0' and <= '9')
        {
            value = (Math.Max(value, 0) * 10) + pattern[at++] - '0';
            if (value > MostRepeats)
            {
                throw Wrong($"repeats more than {MostRepeats} times");
            }
        }

        return value;
    }

    private PatternNode? Atom()
    {
        var c = Next("a character");
        switch (c)
        {
            case '(':
                return Group();
            case '[':
                return One(Class());
            case '.':
                return new PatternNode.One(dotTakesLineFeed ? CodePointSet.Any : CodePointSet.NoLineFeed);
            case '^':
                return new PatternNode.Position(dialect == PatternDialect.Oniguruma || manyLines ? PatternPosition.LineStart : PatternPosition.TextStart);
            case '$':
                return new PatternNode.Position(dialect == PatternDialect.Oniguruma || manyLines ? PatternPosition.LineEnd : PatternPosition.TextEnd);
            case '\\':
                return Escape();
            case '*' or '+' or '?':
                throw Wrong("repeats nothing");
            default:
                return One(CodePointSet.OfRange(c, c));
        }
    }

    private PatternNode.One One(CodePointSet set) => new(ignoreCase ? set.IgnoreCase() : set);

    private PatternNode? Group()
    {
        var flags = (ignoreCase, dotTakesLineFeed, extended, manyLines);
        PatternNode node;
        if (!Take('?'))
        {
            node = Choice();
        }
        else if (Take(':'))
        {
            node = Choice();
        }
        else if (Take('='))
        {
            node = new PatternNode.Look(Choice(), Behind: false, Negated: false);
        }
        else if (Take('!'))
        {
            node = new PatternNode.Look(Choice(), Behind: false, Negated: true);
        }
        else if (TakeAll("<="))
        {
            node = LookBehind(negated: false);
        }
        else if (TakeAll("<!"))
        {
            node = LookBehind(negated: true);
        }
        else if (Take('>'))
        {
            node = new PatternNode.Atomic(Choice());
        }
        else if (Take('#'))
        {
            while (Next("')'") != ')')
            {
            }

            return null;
        }
        else if (Take('<') || TakeAll("P<"))
        {
            while (Next("a group's name") != '>')
            {
            }

            node = Choice();
        }
        else if (Flags())
        {
            // The flags hold from here to the end of the group around this one. In Ruby's syntax all of that, options
            // included, is one part behind what came before.
            if (!Take(')'))
            {
                throw Wrong("lacks a ')'");
            }

            return dialect == PatternDialect.Oniguruma ? Choice() : null;
        }
        else
        {
            node = Choice();
        }

        (ignoreCase, dotTakesLineFeed, extended, manyLines) = flags;
        return Take(')') ? node : throw Wrong("lacks a ')'");
    }

    // Reads flags up to ':' (false: a group with them follows) or ')' (true: they hold from here on).
    private bool Flags()
    {
        var on = true;
        while (true)
        {
            switch (Next("a flag"))
            {
                case '-':
                    on = false;
                    break;
                case 'i':
                    ignoreCase = on;
                    break;
                case 'm' when dialect == PatternDialect.Rust:
                    manyLines = on;
                    break;
                case 's' when dialect == PatternDialect.Rust:
                case 'm':
                    dotTakesLineFeed = on;
                    break;
                case 'x':
                    extended = on;
                    break;
                case 'u' when dialect == PatternDialect.Rust && on:
                    break;
                case ':':
                    return false;
                case ')':
                    at--;
                    return true;
                default:
                    throw Wrong("has a flag that is not known");
            }
        }
    }

    private PatternNode.Look LookBehind(bool negated)
    {
        var part = Choice();
        return part.Length().Most is >= 0 and <= MostRepeats
            ? new PatternNode.Look(part, Behind: true, negated)
            : throw Wrong("looks behind without a limit");
    }

    private PatternNode Escape()
    {
        var c = Next("what '\\' escapes");
        switch (c)
        {
            case 'A':
                return new PatternNode.Position(PatternPosition.TextStart);
            case 'z':
                return new PatternNode.Position(PatternPosition.TextEnd);
            case 'Z':
                return new PatternNode.Position(PatternPosition.TextEndOrLastLineFeed);
            case 'b':
                return new PatternNode.Position(dialect == PatternDialect.Oniguruma ? PatternPosition.WordBoundary : PatternPosition.RustWordBoundary);
            case 'B':
                return new PatternNode.Position(dialect == PatternDialect.Oniguruma ? PatternPosition.NoWordBoundary : PatternPosition.NoRustWordBoundary);
            case 'R':
                // A line break: \r\n as one, or any single vertical space.
                return new PatternNode.Atomic(new PatternNode.Choice(
                [
                    new PatternNode.Sequence([new PatternNode.One(CodePointSet.OfRange('\r', '\r')), new PatternNode.One(CodePointSet.OfRange('\n', '\n'))]),
                    new PatternNode.One(CodePointSet.Of(v => v is (>= 0x0A and <= 0x0D) or 0x85 or 0x2028 or 0x2029)),
                ]));
            case >= '1' and <= '9' or 'k' or 'g':
                throw Wrong("refers back to a group, which is not known here");
            default:
                return One(ClassEscape(c));
        }
    }

    private InputException Wrong(string fault)
    {
        var shown = text.Length <= 80 ? text : string.Concat(text.AsSpan(0, 80), "...");
        return new InputException(string.Create(CultureInfo.InvariantCulture, $"The pattern '{Visible(shown)}' {fault} (at character {at})."));
    }

    private static string Visible(string pattern)
    {
        var result = new StringBuilder();
        foreach (var c in pattern)
        {
            result.Append(char.IsControl(c) ? $"\\u{(int)c:X4}" : c.ToString());
        }

        return result.ToString();
    }
}
