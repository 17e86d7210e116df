namespace Colibri.Benchmarks.Comparison;

/// <summary>How far an engine's predictions are from a reference's, collected position by position.</summary>
internal sealed class Divergence
{
    private readonly List<double> _divergences = [];
    private int _agreements;

    /// <summary>Positions so far.</summary>
    public int Count => _divergences.Count;

    /// <summary>Mean Kullback-Leibler divergence in nats.</summary>
    public double Mean => _divergences.Average();

    /// <summary>The largest divergence.</summary>
    public double Largest => _divergences.Max();

    /// <summary>Share of positions whose most likely token is the reference's.</summary>
    public double Agreement => (double)_agreements / Count;

    /// <summary>The divergence that 99 of 100 positions stay below.</summary>
    public double Percentile99 => _divergences.Order().ElementAt(Math.Min(Count - 1, (int)(0.99 * Count)));

    /// <summary>Adds positions.</summary>
    /// <param name="reference">[positions, vocabulary] logits.</param>
    /// <param name="found">As many.</param>
    /// <param name="vocabulary">Tokens.</param>
    public void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> found, int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(found.Length, reference.Length);
        for (var start = 0; start < reference.Length; start += vocabulary)
        {
            Add(reference.Slice(start, vocabulary), found.Slice(start, vocabulary));
        }
    }

    /// <summary>The logarithm of the sum of all exponentials: subtracted from a logit, it leaves a log-probability.</summary>
    public static double LogSum(ReadOnlySpan<float> logits)
    {
        var largest = logits[IndexOfMax(logits)];
        var sum = 0.0;
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return largest + Math.Log(sum);
    }

    private void Add(ReadOnlySpan<float> reference, ReadOnlySpan<float> found)
    {
        var (referenceSum, foundSum) = (LogSum(reference), LogSum(found));
        var divergence = 0.0;
        for (var id = 0; id < reference.Length; id++)
        {
            var expected = reference[id] - referenceSum;
            divergence += Math.Exp(expected) * (expected - (found[id] - foundSum));
        }

        _divergences.Add(divergence);
        if (IndexOfMax(reference) == IndexOfMax(found))
        {
            _agreements++;
        }
    }

    private static int IndexOfMax(ReadOnlySpan<float> values)
    {
        var best = 0;
        for (var i = 1; i < values.Length; i++)
        {
            best = values[i] > values[best] ? i : best;
        }

        return best;
    }
}
