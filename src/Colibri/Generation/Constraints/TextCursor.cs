using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Colibri.Generation.Constraints;

/// <summary>Reads a grammar's text character by character and says where a fault is.</summary>
internal sealed class TextCursor(string text, string what)
{
    /// <summary>Deepest nesting of groups.</summary>
    public const int MostDepth = 200;

    private int _depth;

    /// <summary>The place in the text, in UTF-16 units.</summary>
    public int Position { get; set; }

    /// <summary>Whether all was read.</summary>
    public bool AtEnd => Position >= text.Length;

    /// <summary>The next UTF-16 unit, or NUL at the end.</summary>
    public char Next => Position < text.Length ? text[Position] : '\0';

    /// <summary>The unit at a distance, or NUL beyond the end.</summary>
    public char Ahead(int distance) => Position + distance < text.Length ? text[Position + distance] : '\0';

    /// <summary>Takes a text if it comes next.</summary>
    public bool TryTake(string expected)
    {
        if (string.CompareOrdinal(text, Position, expected, 0, expected.Length) != 0)
        {
            return false;
        }

        Position += expected.Length;
        return true;
    }

    /// <summary>Takes a character.</summary>
    public int TakeRune()
    {
        if (AtEnd)
        {
            Fail("it ends too early");
        }

        if (!Rune.TryGetRuneAt(text, Position, out var rune))
        {
            Fail("half a surrogate pair is no character");
        }

        Position += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Takes a number of hexadecimal digits that spell a character.</summary>
    public int TakeHex(int digits)
    {
        if (Position + digits > text.Length || !int.TryParse(text.AsSpan(Position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
        {
            Fail($"{digits} hexadecimal digits are expected");
            return 0;
        }

        if (!Rune.IsValid(value))
        {
            Fail($"U+{value:X4} is no character");
        }

        Position += digits;
        return value;
    }

    /// <summary>Takes a decimal number up to a million, if digits come next.</summary>
    public int? TryTakeNumber()
    {
        var start = Position;
        var value = 0;
        while (char.IsAsciiDigit(Next))
        {
            value = (value * 10) + Next - '0';
            Position++;
            if (value > 1_000_000)
            {
                Position = start;
                Fail("a repetition of more than 1000000 is too large");
            }
        }

        return Position == start ? null : value;
    }

    /// <summary>The counts of a repetition behind its opening brace, up to and with the closing one.</summary>
    public (int Least, int Most) TakeCounts()
    {
        var least = TryTakeNumber();
        var most = least;
        if (TryTake(","))
        {
            most = TryTakeNumber() ?? -1;
        }

        if (least is null || !TryTake("}"))
        {
            Fail("a repetition is expected as {m}, {m,} or {m,n}");
        }

        if (most >= 0 && most < least)
        {
            Fail($"the repetition {{{least},{most}}} has its counts in the wrong order");
        }

        return (least!.Value, most!.Value);
    }

    /// <summary>Goes into a group.</summary>
    public void Enter()
    {
        if (++_depth > MostDepth)
        {
            Fail($"groups are nested more than {MostDepth} deep");
        }
    }

    /// <summary>Leaves a group.</summary>
    public void Leave() => _depth--;

    /// <summary>The text between two places.</summary>
    public string Between(int start, int end) => text[start..end];

    /// <summary>Throws.</summary>
    [DoesNotReturn]
    public void Fail(string fault)
    {
        var before = text.AsSpan(0, Math.Min(Position, text.Length));
        var line = before.Count('\n') + 1;
        var column = before.Length - before.LastIndexOf('\n');
        throw new InputException($"{what}, line {line}, column {column}: {fault}.");
    }
}
