using Colibri.Kernels.Softmax;

namespace Colibri.Compression.Quality;

/// <summary>Running sums of an evaluation: four bytes a scored position at most.</summary>
internal sealed unsafe class ScoreSums
{
    private readonly List<float> _divergences = [];
    private float[] _scratch = [];
    private double _loss;
    private double _lossSquared;
    private double _referenceLoss;
    private double _divergence;
    private long _count;
    private long _agreed;

    /// <summary>Scores one prediction.</summary>
    /// <param name="softmax">What computes.</param>
    /// <param name="logits">The model's logits, all finite.</param>
    /// <param name="reference">The reference's logits, all finite, or empty.</param>
    /// <param name="target">The token that came.</param>
    public void Add(SoftmaxKernel softmax, ReadOnlySpan<float> logits, ReadOnlySpan<float> reference, int target)
    {
        if (_scratch.Length < logits.Length)
        {
            _scratch = new float[logits.Length];
        }

        fixed (float* x = logits, r = reference, s = _scratch)
        {
            var loss = softmax.LogSumExp(x, logits.Length, s) - x[target];
            _loss += loss;
            _lossSquared += loss * loss;
            _count++;
            if (r is null)
            {
                return;
            }

            _referenceLoss += softmax.LogSumExp(r, reference.Length, s) - r[target];
            var divergence = softmax.Divergence(r, x, logits.Length, s);
            _divergence += divergence;
            _divergences.Add((float)divergence);
            _agreed += logits.IndexOf(softmax.Largest(x, logits.Length)) == reference.IndexOf(softmax.Largest(r, reference.Length)) ? 1 : 0;
        }
    }

    /// <summary>What the sums say so far.</summary>
    public TextEvaluationReport Report(int chunks, int total, bool compared)
    {
        var mean = _loss / _count;
        var perplexity = Math.Exp(mean);
        var variance = _lossSquared / _count - mean * mean;
        var error = _count > 1 && variance > 0 ? Math.Sqrt(variance / (_count - 1)) * perplexity : 0;
        return new TextEvaluationReport(chunks, total, _count, perplexity, error, compared ? Compare() : null);
    }

    private ReferenceComparison Compare()
    {
        var sorted = _divergences.ToArray();
        Array.Sort(sorted);
        return new ReferenceComparison(
            Math.Exp(_referenceLoss / _count), _divergence / _count, sorted[(int)Math.Min(sorted.Length - 1, Math.Ceiling(0.99 * sorted.Length) - 1)],
            sorted[^1], (double)_agreed / _count);
    }
}
