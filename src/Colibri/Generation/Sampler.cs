using Colibri.Generation.Constraints;
using Colibri.Kernels.Softmax;

namespace Colibri.Generation;

/// <summary>Chooses tokens for one sequence. Keeps its buffers, so choosing allocates nothing.</summary>
internal sealed unsafe class Sampler
{
    private readonly SamplingOptions _options;
    private readonly SoftmaxKernel _softmax;
    private float[] _logits = [];
    private float[] _weights = [];
    private int[] _ids = [];

    /// <summary>Makes a sampler.</summary>
    /// <param name="options">How to choose.</param>
    /// <param name="softmax">What computes exponentials.</param>
    public Sampler(SamplingOptions options, SoftmaxKernel softmax)
    {
        options.Check();
        _options = options;
        _softmax = softmax;

        // At most 53 bits: every reader of JSON keeps such a number whole.
        Seed = options.Seed ?? (ulong)Random.Shared.NextInt64(1L << 53);
    }

    /// <summary>The seed in use.</summary>
    public ulong Seed { get; }

    /// <summary>Chooses the next token.</summary>
    /// <param name="logits">Logits of the last position, all finite.</param>
    /// <param name="history">Tokens so far, prompt included.</param>
    /// <param name="constraint">Takes away the tokens that cannot come; null allows all.</param>
    /// <exception cref="InputException">No token can come.</exception>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> history, ConstraintMatcher? constraint = null)
    {
        Grow(logits.Length);
        var work = _logits.AsSpan(0, logits.Length);
        logits.CopyTo(work);
        Penalize(work, history);
        constraint?.Apply(work);
        float largest;
        fixed (float* p = work)
        {
            largest = _softmax.Largest(p, work.Length);
        }

        return _options.Temperature == 0 ? work.IndexOf(largest) : Draw(work, largest, history.Length);
    }

    /// <summary>A number from 0 to below 1 that depends on seed and position only.</summary>
    internal static double Uniform(ulong seed, int position)
    {
        // SplitMix64 (Steele et al. 2014) over a counter.
        var z = seed + 0x9E3779B97F4A7C15UL * ((ulong)position + 1);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return ((z ^ (z >> 31)) >> 11) * (1.0 / (1UL << 53));
    }

    private void Penalize(Span<float> logits, ReadOnlySpan<int> history)
    {
        if (_options.RepetitionPenalty == 1)
        {
            return;
        }

        if (_options.RepetitionWindow > 0 && history.Length > _options.RepetitionWindow)
        {
            history = history[^_options.RepetitionWindow..];
        }

        for (var i = 0; i < history.Length; i++)
        {
            var id = history[i];
            if (id < logits.Length && history[..i].IndexOf(id) < 0)
            {
                logits[id] = logits[id] > 0 ? logits[id] / _options.RepetitionPenalty : logits[id] * _options.RepetitionPenalty;
            }
        }
    }

    private int Draw(Span<float> logits, float largest, int position)
    {
        var kept = TopK(logits);
        var values = _weights.AsSpan(0, kept);
        var ids = _ids.AsSpan(0, kept);
        values.Sort(ids, (a, b) => b.CompareTo(a));

        // What a constraint took away is never drawn, not even where rounding leaves the draw behind the last one.
        while (values[kept - 1] == float.NegativeInfinity)
        {
            kept--;
        }

        values = values[..kept];
        kept = Cut(values, largest);

        double total;
        fixed (float* v = values)
        {
            // With the temperature applied last, what was kept does not depend on it.
            for (var i = 0; i < kept; i++)
            {
                v[i] = (v[i] - largest) / _options.Temperature;
            }

            total = _softmax.Exponentials(v, kept, 0, v);
        }

        var target = Uniform(Seed, position) * total;
        for (var i = 0; i < kept; i++)
        {
            target -= values[i];
            if (target < 0)
            {
                return ids[i];
            }
        }

        return ids[kept - 1];
    }

    // Collects the k likeliest, ties to the lower id, into _weights and _ids.
    private int TopK(ReadOnlySpan<float> logits)
    {
        if (_options.TopK == 0 || _options.TopK >= logits.Length)
        {
            for (var i = 0; i < logits.Length; i++)
            {
                (_weights[i], _ids[i]) = (logits[i], i);
            }

            return logits.Length;
        }

        // A heap whose root is the least of the best so far; most tokens fail the first comparison.
        var heap = new PriorityQueueOfBest(_weights, _ids, _options.TopK);
        for (var i = 0; i < logits.Length; i++)
        {
            heap.Offer(logits[i], i);
        }

        return heap.Count;
    }

    // How many of the sorted candidates top-p and min-p keep; at least one.
    private int Cut(ReadOnlySpan<float> sorted, float largest)
    {
        var kept = sorted.Length;
        if (_options.TopP < 1)
        {
            var total = 0.0;
            foreach (var value in sorted)
            {
                total += Math.Exp(value - largest);
            }

            var reached = 0.0;
            for (kept = 0; kept < sorted.Length && reached < _options.TopP * total; kept++)
            {
                reached += Math.Exp(sorted[kept] - largest);
            }
        }

        if (_options.MinP > 0)
        {
            var least = largest + MathF.Log(_options.MinP);
            while (kept > 1 && sorted[kept - 1] < least)
            {
                kept--;
            }
        }

        return Math.Max(1, kept);
    }

    private void Grow(int count)
    {
        if (_logits.Length < count)
        {
            _logits = new float[count];
            _weights = new float[count];
            _ids = new int[count];
        }
    }

    private ref struct PriorityQueueOfBest(float[] values, int[] ids, int capacity)
    {
        public int Count { get; private set; }

        public void Offer(float value, int id)
        {
            if (Count < capacity)
            {
                var child = Count++;
                while (child > 0 && value < values[(child - 1) / 2])
                {
                    (values[child], ids[child]) = (values[(child - 1) / 2], ids[(child - 1) / 2]);
                    child = (child - 1) / 2;
                }

                (values[child], ids[child]) = (value, id);
            }
            else if (value > values[0])
            {
                var hole = 0;
                for (var child = 1; child < Count; child = 2 * hole + 1)
                {
                    child += child + 1 < Count && values[child + 1] < values[child] ? 1 : 0;
                    if (values[child] >= value)
                    {
                        break;
                    }

                    (values[hole], ids[hole]) = (values[child], ids[child]);
                    hole = child;
                }

                (values[hole], ids[hole]) = (value, id);
            }
        }
    }
}
