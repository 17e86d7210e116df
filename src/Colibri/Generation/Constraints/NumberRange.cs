using System.Globalization;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>A limit of a number.</summary>
/// <param name="Value">The limit.</param>
/// <param name="Exclusive">Whether the limit itself is outside.</param>
internal readonly record struct NumberLimit(decimal Value, bool Exclusive);

/// <summary>
/// Decimal numbers between limits as a grammar: digit by digit, along the lower limit, along the upper one, or free between
/// them. Numbers have no exponent, no leading zeros and no minus before zero.
/// </summary>
internal sealed class NumberRange
{
    // Few enough digits that no number rounds onto a limit it must stay off when read as a double.
    private const int FreeFraction = 6;
    private const int FreeDigits = 15;

    private static readonly Node Digit = Node.OneOf(('0', '9'));

    private readonly bool _integer;
    private readonly bool _lowExclusive;
    private readonly bool _highExclusive;
    private int _whole;
    private int _total;

    private NumberRange(bool integer, bool lowExclusive, bool highExclusive) =>
        (_integer, _lowExclusive, _highExclusive) = (integer, lowExclusive, highExclusive);

    /// <summary>Numbers between two limits, or null where there are none.</summary>
    /// <param name="low">The lower limit, or null.</param>
    /// <param name="high">The upper limit, or null.</param>
    /// <param name="integer">Whether only integers are meant.</param>
    public static Node? Between(NumberLimit? low, NumberLimit? high, bool integer)
    {
        if (integer)
        {
            low = low is { } l ? new(l.Exclusive ? decimal.Floor(l.Value) + 1 : decimal.Ceiling(l.Value), false) : null;
            high = high is { } h ? new(h.Exclusive ? decimal.Ceiling(h.Value) - 1 : decimal.Floor(h.Value), false) : null;
        }

        var options = new List<Node>();
        if (low is null or { Value: < 0 })
        {
            var least = high is { Value: < 0 } ? new NumberLimit(-high.Value.Value, high.Value.Exclusive) : integer ? new(1, false) : new NumberLimit(0, true);
            NumberLimit? most = low is null ? null : new(-low.Value.Value, low.Value.Exclusive);
            if (Magnitude(least, most, integer) is { } negative)
            {
                options.Add(Node.All(Node.Text("-"), negative));
            }
        }

        if (high is null or { Value: >= 0 })
        {
            var least = low is { Value: >= 0 } ? low.Value : new NumberLimit(0, false);
            if (Magnitude(least, high, integer) is { } positive)
            {
                options.Add(positive);
            }
        }

        return Choice(options);
    }

    private static Node? Magnitude(NumberLimit low, NumberLimit? high, bool integer)
    {
        if (high is { } h && (h.Value < low.Value || (h.Value == low.Value && (h.Exclusive || low.Exclusive))))
        {
            return null;
        }

        return new NumberRange(integer, low.Exclusive, high?.Exclusive ?? false).Build(low.Value, high?.Value);
    }

    private Node? Build(decimal low, decimal? high)
    {
        var (lowWhole, lowFraction) = Split(low);
        var (highWhole, highFraction) = high is { } h ? Split(h) : (null, "");
        var fraction = Math.Max(lowFraction.Length, highFraction.Length);
        var options = new List<Node>();
        for (_whole = lowWhole.Length; _whole <= (highWhole ?? lowWhole).Length; _whole++)
        {
            _total = _whole + fraction;
            var along = _whole == lowWhole.Length ? lowWhole + lowFraction.PadRight(fraction, '0') : null;
            var below = _whole == highWhole?.Length ? highWhole + highFraction.PadRight(fraction, '0') : null;
            if (Whole(0, along, below) is { } option)
            {
                options.Add(option);
            }
        }

        if (high is null)
        {
            var more = new Node.Repeat(Digit, lowWhole.Length, Math.Max(lowWhole.Length + 1, FreeDigits));
            options.Add(Node.All(Node.OneOf(('1', '9')), more, AnyFraction()));
        }

        return Choice(options);
    }

    private static (string Whole, string Fraction) Split(decimal value)
    {
        var text = value.ToString(CultureInfo.InvariantCulture).Split('.');
        return (text[0], text.Length > 1 ? text[1].TrimEnd('0') : "");
    }

    // The digits before the point from one on; a limit is null once the number has left it.
    private Node? Whole(int place, string? low, string? high)
    {
        if (place == _whole)
        {
            return _integer ? Node.Nothing : Fraction(low, high);
        }

        return low is null && high is null
            ? Node.All(place == 0 && _whole > 1 ? Node.OneOf(('1', '9')) : Digit, new Node.Repeat(Digit, _whole - place - 1, _whole - place - 1), AnyFraction())
            : Branch(place, place == 0 && _whole > 1 ? '1' : '0', low, high, Whole);
    }

    private Node? Branch(int place, char least, string? low, string? high, Func<int, string?, string?, Node?> next)
    {
        var (first, last) = (low?[place] ?? least, high?[place] ?? '9');
        if (low is not null && high is not null && first == last)
        {
            return Then(first, next(place + 1, low, high));
        }

        var options = new List<Node>();
        var (from, to) = ((int)first, (int)last);
        if (low is not null)
        {
            Add(Then(first, next(place + 1, low, null)));
            from++;
        }

        if (high is not null)
        {
            to--;
            if (last >= first)
            {
                Add(Then(last, next(place + 1, null, high)));
            }
        }

        if (from <= to && next(place + 1, null, null) is { } free)
        {
            options.Add(Node.All(Node.OneOf((from, to)), free));
        }

        return Choice(options);

        void Add(Node? option)
        {
            if (option is not null)
            {
                options.Add(option);
            }
        }
    }

    private Node? Fraction(string? low, string? high)
    {
        if (low is null && high is null)
        {
            return AnyFraction();
        }

        var options = new List<Node>();
        if (MayEnd(_whole, low, high))
        {
            options.Add(Node.Nothing);
        }

        if (Decimals(_whole, low, high) is { } decimals)
        {
            options.Add(Node.All(Node.Text("."), decimals));
        }

        return Choice(options);
    }

    // The digits behind the point from one on, at least one.
    private Node? Decimals(int place, string? low, string? high)
    {
        if (low is null && high is null)
        {
            return new Node.Repeat(Digit, 1, FreeFraction);
        }

        if (place == _total)
        {
            var zero = Node.Text("0");
            return high is not null ? (_highExclusive ? null : zero)
                : _lowExclusive ? Node.All(new Node.Repeat(zero, 0, 2), Node.OneOf(('1', '9')), new Node.Repeat(Digit, 0, 3))
                : new Node.Repeat(Digit, 1, FreeFraction);
        }

        return Branch(place, '0', low, high, AfterDigit);
    }

    private Node? AfterDigit(int place, string? low, string? high)
    {
        if (low is null && high is null)
        {
            return new Node.Repeat(Digit, 0, FreeFraction);
        }

        var options = new List<Node>();
        if (MayEnd(place, low, high))
        {
            options.Add(Node.Nothing);
        }

        if (Decimals(place, low, high) is { } more)
        {
            options.Add(more);
        }

        return Choice(options);
    }

    // Whether the number is within the limits if all further digits are zeros.
    private bool MayEnd(int place, string? low, string? high) =>
        (low is null || (!_lowExclusive && OnlyZeros(low, place))) && (high is null || !_highExclusive || !OnlyZeros(high, place));

    private static bool OnlyZeros(string digits, int place) => digits.AsSpan(place).TrimStart('0').IsEmpty;

    private Node AnyFraction() =>
        _integer ? Node.Nothing : Node.Optional(Node.All(Node.Text("."), new Node.Repeat(Digit, 1, FreeFraction)));

    private static Node? Then(char digit, Node? rest) => rest is null ? null : Node.All(Node.Text(digit.ToString()), rest);

    private static Node? Choice(List<Node> options) => options.Count == 0 ? null : Node.Either(options);
}
