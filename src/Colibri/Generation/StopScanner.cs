using System.Text;

namespace Colibri.Generation;

/// <summary>Lets text through but for stop texts: what could be the beginning of one is held back.</summary>
internal sealed class StopScanner(IReadOnlyList<string> stops)
{
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop text has come.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes more text and gives what is certainly before any stop text.</summary>
    public string Append(string text)
    {
        if (Stopped || stops.Count == 0)
        {
            return Stopped ? "" : text;
        }

        _held.Append(text);
        var held = _held.ToString();
        var first = -1;
        foreach (var stop in stops)
        {
            var at = held.IndexOf(stop, StringComparison.Ordinal);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        if (first >= 0)
        {
            Stopped = true;
            _held.Clear();
            return held[..first];
        }

        var certain = held.Length - LongestBeginning(held);
        _held.Remove(0, certain);
        return held[..certain];
    }

    /// <summary>Gives what was held back, at the end.</summary>
    public string Flush()
    {
        var held = _held.ToString();
        _held.Clear();
        return held;
    }

    private int LongestBeginning(string held)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, held.Length); length > longest; length--)
            {
                if (held.AsSpan(held.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                }
            }
        }

        return longest;
    }
}
