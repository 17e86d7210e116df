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
        // Positions are independent; the results are added in order, so that sums are the same on any number of threads.
        var (expected, actual) = (reference.ToArray(), found.ToArray());
        var scores = new (double Divergence, bool Agrees)[reference.Length / vocabulary];
        Parallel.For(0, scores.Length, i => scores[i] = Score(expected.AsSpan(i * vocabulary, vocabulary), actual.AsSpan(i * vocabulary, vocabulary)));
        foreach (var (divergence, agrees) in scores)
        {
            _divergences.Add(divergence);
            _agreements += agrees ? 1 : 0;
        }
    }

    /// <summary>By how many of its standard errors this mean lies above another's over the same positions; negative where it lies below.</summary>
    /// <param name="other">The other.</param>
    public double ErrorsAbove(Divergence other)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(other.Count, Count);
        var differences = _divergences.Zip(other._divergences, (mine, its) => mine - its).ToList();
        var mean = differences.Average();
        var variance = differences.Sum(d => (d - mean) * (d - mean)) / Math.Max(1, Count - 1);
        return variance == 0 ? 0 : mean / Math.Sqrt(variance / Count);
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

    private static (double Divergence, bool Agrees) Score(ReadOnlySpan<float> reference, ReadOnlySpan<float> found)
    {
        var (referenceSum, foundSum) = (LogSum(reference), LogSum(found));
        var divergence = 0.0;
        for (var id = 0; id < reference.Length; id++)
        {
            var expected = reference[id] - referenceSum;
            divergence += Math.Exp(expected) * (expected - (found[id] - foundSum));
        }

        return (divergence, IndexOfMax(reference) == IndexOfMax(found));
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
