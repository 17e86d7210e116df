using System.Globalization;
using System.Numerics;
using Node = Colibri.Generation.Constraints.GrammarNode;

namespace Colibri.Generation.Constraints;

/// <summary>
/// Multiples of a number between limits as a network over decimal digits: a place knows the remainder of the digits so far
/// and whether they still run along a limit. Numbers are taken as whole multiples of a power of ten, so that a step of
/// 0.01 is two digits behind the point.
/// </summary>
internal sealed class NumberMultiples
{
    // Without a limit of its own a number has so many digits at most.
    private const int FreeDigits = 15;
    private const int FewFreeDigits = 9;

    private readonly int _step;
    private readonly int _fraction;
    private readonly Dictionary<(int Left, int Remainder, bool Low, bool High, bool Point), int> _numbers = [];
    private readonly List<List<(Node Part, int Target)>> _moves = [];
    private readonly List<bool> _final = [];
    private readonly Queue<((int Left, int Remainder, bool Low, bool High, bool Point) State, int Number)> _open = new();
    private string _low = "";
    private string _high = "";

    private NumberMultiples(int step, int fraction) => (_step, _fraction) = (step, fraction);

    /// <summary>Largest step, without its zeros at the end.</summary>
    public const int LargestStep = 1000;

    /// <summary>Whether a step is held.</summary>
    public static bool Holds(decimal step)
    {
        for (var i = 0; i < 28 && step > 0 && decimal.Truncate(step) != step; i++)
        {
            step *= 10;
        }

        while (step > LargestStep && step % 10 == 0)
        {
            step /= 10;
        }

        return step > 0 && step <= LargestStep && decimal.Truncate(step) == step;
    }

    /// <summary>Multiples of a step between two limits, or null where there are none.</summary>
    /// <param name="step">The step, above 0: a whole number of at most <see cref="LargestStep"/> times a power of ten.</param>
    /// <param name="low">The lower limit, or null.</param>
    /// <param name="high">The upper limit, or null.</param>
    public static Node? Between(decimal step, NumberLimit? low, NumberLimit? high)
    {
        // The step as a whole number of 10^-fraction; zeros at its end only need zeros written.
        var fraction = 0;
        while (decimal.Truncate(step) != step)
        {
            step *= 10;
            fraction++;
        }

        var zeros = 0;
        while (fraction == 0 && step % 10 == 0)
        {
            step /= 10;
            zeros++;
        }

        var scale = Power(fraction) / Power(zeros);
        var least = Scale(low, scale, up: true);
        var most = Scale(high, scale, up: false);
        var options = new List<Node>();
        if (least is null || least < 0)
        {
            var (from, to) = (most < 0 ? -most!.Value : 1, least is null ? (BigInteger?)null : -least.Value);
            if (Magnitude(from, to, (int)step, fraction, zeros) is { } negative)
            {
                options.Add(Node.All(Node.Text("-"), negative));
            }
        }

        if (most is null || most >= 0)
        {
            var from = least > 0 ? least!.Value : 1;
            if ((least is null || least <= 0) && (most is null || most >= 0))
            {
                options.Add(Node.Text("0"));
            }

            if (Magnitude(from, most, (int)step, fraction, zeros) is { } positive)
            {
                options.Add(positive);
            }
        }

        return options.Count == 0 ? null : Node.Either(options);
    }

    private static BigInteger? Scale(NumberLimit? limit, decimal scale, bool up)
    {
        if (limit is not { } l)
        {
            return null;
        }

        var value = l.Value * scale;
        var whole = up ? decimal.Ceiling(value) : decimal.Floor(value);
        return new BigInteger(whole == value && l.Exclusive ? whole + (up ? 1 : -1) : whole);
    }

    private static decimal Power(int exponent)
    {
        var power = 1m;
        for (var i = 0; i < exponent; i++)
        {
            power *= 10;
        }

        return power;
    }

    // Positive numbers in units of the last digit.
    private static Node? Magnitude(BigInteger low, BigInteger? high, int step, int fraction, int zeros)
    {
        var top = high ?? BigInteger.Pow(10, (step <= 100 ? FreeDigits : FewFreeDigits) + fraction) - 1;
        if (top < low || (top / step * step) < low)
        {
            return null;
        }

        var digits = new NumberMultiples(step, fraction).Build(low, top);
        return zeros == 0 ? digits : Node.All(digits, Node.Text(new string('0', zeros)));
    }

    private Node.Network Build(BigInteger low, BigInteger high)
    {
        var (lowDigits, highDigits) = (low.ToString(CultureInfo.InvariantCulture).PadLeft(_fraction + 1, '0'), high.ToString(CultureInfo.InvariantCulture).PadLeft(_fraction + 1, '0'));
        _moves.Add([]);
        _final.Add(false);
        for (var length = lowDigits.Length; length <= highDigits.Length; length++)
        {
            // A number of each length begins on its own; from where it runs along no limit, lengths share their places.
            _low = length == lowDigits.Length ? lowDigits : "";
            _high = length == highDigits.Length ? highDigits : "";
            foreach (var key in _numbers.Keys.Where(k => k.Low || k.High).ToList())
            {
                _numbers.Remove(key);
            }

            var first = length > _fraction + 1 ? 1 : 0;
            Step(0, (length, 0, _low.Length > 0, _high.Length > 0, false), first);
            while (_open.TryDequeue(out var next))
            {
                Expand(next.State, next.Number);
            }
        }

        return new Node.Network([.. _moves.Select((m, i) => new Node.NetworkPlace(m, _final[i]))]);
    }

    private void Expand((int Left, int Remainder, bool Low, bool High, bool Point) state, int number)
    {
        // With zeros for the digits that are left.
        var rest = (int)(state.Remainder * (BigInteger.Pow(10, state.Left) % _step) % _step);
        var ends = state.Left <= _fraction && rest == 0 && !state.Point
            && (!state.Low || _low.AsSpan(_low.Length - state.Left).TrimStart('0').IsEmpty);
        _final[number] = ends;
        if (state.Left == 0)
        {
            return;
        }

        if (state.Left == _fraction && !state.Point)
        {
            // The point stands where a digit must follow; what has ended needs none.
            var point = state with { Point = true };
            _moves[number].Add((Node.Text("."), Number(point)));
            return;
        }

        Step(number, state with { Point = false }, 0);
    }

    private void Step(int number, (int Left, int Remainder, bool Low, bool High, bool Point) state, int least)
    {
        var from = Math.Max(least, state.Low ? _low[^state.Left] - '0' : 0);
        var to = state.High ? _high[^state.Left] - '0' : 9;
        for (var digit = from; digit <= to; digit++)
        {
            var next = (state.Left - 1, ((state.Remainder * 10) + digit) % _step,
                state.Low && digit == _low[^state.Left] - '0', state.High && digit == _high[^state.Left] - '0', false);
            _moves[number].Add((Node.Text(((char)('0' + digit)).ToString()), Number(next)));
        }
    }

    private int Number((int Left, int Remainder, bool Low, bool High, bool Point) state)
    {
        if (!_numbers.TryGetValue(state, out var number))
        {
            _numbers.Add(state, number = _moves.Count);
            _moves.Add([]);
            _final.Add(false);
            _open.Enqueue((state, number));
        }

        return number;
    }
}
