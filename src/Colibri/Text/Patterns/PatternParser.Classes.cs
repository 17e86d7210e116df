using System.Text;

namespace Colibri.Text.Patterns;

/// <content>Character classes.</content>
internal sealed partial class PatternParser
{
    // After '['. Classes nest, and '&&' takes what is in both.
    private CodePointSet Class()
    {
        if (++depth > DeepestNesting)
        {
            throw Wrong($"is nested more than {DeepestNesting} deep");
        }

        var negated = Take('^');
        CodePointSet? left = null;
        var members = new List<CodePointSet>();
        for (var first = true; ; first = false)
        {
            var c = Next("']'");
            if (c == ']' && !(first && HasLaterEnd()))
            {
                break;
            }

            if (c == '&' && Take('&'))
            {
                left = Both(left, members);
                members = [];
                continue;
            }

            members.Add(Member(c));
        }

        depth--;
        var set = Both(left, members);
        return negated ? set.Negate() : set;
    }

    // A ']' right at the start is text if the class can be closed after it.
    private bool HasLaterEnd() => Array.IndexOf(pattern, ']', at) >= 0;

    private static CodePointSet Both(CodePointSet? left, List<CodePointSet> members)
    {
        var right = members.Count == 0 ? CodePointSet.Of(_ => false) : CodePointSet.Union(members);
        return left is null ? right : left.And(right);
    }

    private CodePointSet Member(int c)
    {
        if (c == '[')
        {
            return TakeAll(":") ? Posix() : Class();
        }

        if (c == '\\')
        {
            var escaped = Next("what '\\' escapes");
            if (TryCharacter(escaped) is not { } value)
            {
                return escaped == 'b' ? CodePointSet.OfRange('\b', '\b') : ClassEscape(escaped);
            }

            c = value;
        }

        if (!(at + 1 < pattern.Length && pattern[at] == '-' && pattern[at + 1] != ']'))
        {
            return CodePointSet.OfRange(c, c);
        }

        at++;
        var last = Next("the end of a range");
        if (last == '[')
        {
            throw Wrong("has a range that ends with a class");
        }

        if (last == '\\')
        {
            var escaped = Next("what '\\' escapes");
            last = TryCharacter(escaped) ?? throw Wrong("has a range that ends with a class");
        }

        return last >= c ? CodePointSet.OfRange(c, last) : throw Wrong("has a range that runs backwards");
    }

    private CodePointSet Posix()
    {
        var negated = Take('^');
        var name = Until(':');
        if (!Take(']'))
        {
            throw Wrong("lacks ':]'");
        }

        var set = UnicodeProperty.Find(name) ?? throw Wrong($"names the class '{name}', which is not known");
        return negated ? set.Negate() : set;
    }

    private string Until(char end)
    {
        var name = new StringBuilder();
        for (var c = Next($"'{end}'"); c != end; c = Next($"'{end}'"))
        {
            name.Append(char.ConvertFromUtf32(c));
        }

        return name.ToString();
    }

    // What stands for one character, or null where it is a class.
    private int? TryCharacter(int escaped)
    {
        switch (escaped)
        {
            case 'n':
                return '\n';
            case 'r':
                return '\r';
            case 't':
                return '\t';
            case 'f':
                return '\f';
            case 'v':
                return '\v';
            case 'a':
                return '\a';
            case 'e':
                return 0x1B;
            case '0':
                return 0;
            case 'x':
                return Hex(Take('{') ? -1 : 2);
            case 'u':
                return Hex(Take('{') ? -1 : 4);
            case 'U' when dialect == PatternDialect.Rust:
                return Hex(Take('{') ? -1 : 8);
            case (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '1' and <= '9'):
                return null;
            default:
                return escaped;
        }
    }

    private int Hex(int digits)
    {
        var value = 0L;
        var count = 0;
        while (More && count != digits && pattern[at] < 0x80 && char.IsAsciiHexDigit((char)pattern[at]))
        {
            value = (value << 4) | (uint)Convert.ToInt32(((char)pattern[at++]).ToString(), 16);
            count++;
            if (value > 0x10FFFF)
            {
                throw Wrong("names a character beyond U+10FFFF");
            }
        }

        if (count == 0 || (digits < 0 && !Take('}')) || (digits > 2 && count != digits))
        {
            throw Wrong("has a character number that is not hexadecimal");
        }

        return (int)value;
    }

    private CodePointSet Word => dialect == PatternDialect.Oniguruma ? CodePointSet.Word : CodePointSet.RustWord;

    // After '\'.
    private CodePointSet ClassEscape(int c)
    {
        switch (c)
        {
            case 's':
                return CodePointSet.Space;
            case 'S':
                return CodePointSet.Space.Negate();
            case 'w':
                return Word;
            case 'W':
                return Word.Negate();
            case 'd':
                return CodePointSet.Digit;
            case 'D':
                return CodePointSet.Digit.Negate();
            case 'h' when dialect == PatternDialect.Oniguruma:
                return CodePointSet.Of(v => v < 0x80 && char.IsAsciiHexDigit((char)v));
            case 'H' when dialect == PatternDialect.Oniguruma:
                return CodePointSet.Of(v => !(v < 0x80 && char.IsAsciiHexDigit((char)v)));
            case 'p' or 'P':
                return Property(negated: c == 'P');
            default:
                return TryCharacter(c) is { } value
                    ? CodePointSet.OfRange(value, value)
                    : throw Wrong($"has the escape '\\{char.ConvertFromUtf32(c)}', which is not known");
        }
    }

    private CodePointSet Property(bool negated)
    {
        string name;
        if (Take('{'))
        {
            negated ^= Take('^');
            name = Until('}');
        }
        else
        {
            name = char.ConvertFromUtf32(Next("a property"));
        }

        var set = UnicodeProperty.Find(name) ?? throw Wrong($"names the property '{name}', which is not known");
        return negated ? set.Negate() : set;
    }
}
