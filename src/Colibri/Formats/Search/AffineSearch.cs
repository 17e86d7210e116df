namespace Colibri.Formats.Search;

/// <summary>How a k-quant with minimums (Q2_K, Q4_K, Q5_K) searches and stores its groups.</summary>
/// <param name="GroupSize">Values of a group.</param>
/// <param name="Levels">The largest integer of a value.</param>
/// <param name="ScaleLevels">The largest integer of a scale or minimum.</param>
/// <param name="First">Levels more (or less) over which the first candidate spreads the range.</param>
/// <param name="Step">Levels more from one candidate to the next.</param>
/// <param name="Count">Candidates.</param>
/// <param name="Absolute">
/// True: the absolute error counts, times |x|. False: the squared error, times |x| plus the group's root mean square.
/// </param>
internal readonly record struct AffineSpec(int GroupSize, int Levels, int ScaleLevels, float First, float Step, int Count, bool Absolute);

/// <summary>What was found for a group: value = scale * q + low, where q rounds inverse * (x - origin).</summary>
/// <param name="Scale">The scale; 0 for a group without range.</param>
/// <param name="Low">What q = 0 stands for, 0 or less.</param>
/// <param name="Inverse">Levels per unit of the candidate chosen; 0 for a group without range.</param>
/// <param name="Origin">Where the candidate chosen starts to count.</param>
internal readonly record struct AffineFit(float Scale, float Low, float Inverse, float Origin);

/// <summary>
/// Finds scale and minimum of a group of unsigned integers: the least weighted error over a handful of candidates. The plain form.
/// </summary>
/// <remarks>
/// For a given rounding q of the values, scale and low are a weighted line through the points (q, x); where that line
/// would start above zero it is drawn through the origin instead. Roundings come from spreading the range over somewhat
/// fewer or more levels than there are (counted from the best low so far), and the one that spans the range exactly is kept
/// unless one does better. After the k-quants of ggml (<c>make_qkx2_quants</c>); sums run in ascending order and nothing is
/// fused, so the result is the same to the last bit.
/// </remarks>
internal static class AffineSearch
{
    /// <summary>A range below this counts as none: its reciprocal would overflow.</summary>
    internal const float NoRange = 1e-37f;

    /// <summary>Fits every group of a block.</summary>
    /// <param name="values">Whole groups.</param>
    /// <param name="spec">The candidates.</param>
    /// <param name="fits">Receives a fit per group.</param>
    internal static void Fit(ReadOnlySpan<float> values, in AffineSpec spec, Span<AffineFit> fits)
    {
        Span<float> weights = stackalloc float[spec.GroupSize];
        for (var g = 0; g < fits.Length; g++)
        {
            var x = values.Slice(g * spec.GroupSize, spec.GroupSize);
            var squares = 0f;
            foreach (var v in x)
            {
                squares += v * v;
            }

            var typical = spec.Absolute ? 0 : MathF.Sqrt(squares / x.Length);
            for (var i = 0; i < x.Length; i++)
            {
                weights[i] = typical + MathF.Abs(x[i]);
            }

            fits[g] = Fit(x, weights, in spec);
        }
    }

    private static AffineFit Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, in AffineSpec spec)
    {
        float low = x[0], high = x[0], weight = weights[0], weighted = weights[0] * x[0];
        for (var i = 1; i < x.Length; i++)
        {
            low = x[i] < low ? x[i] : low;
            high = x[i] > high ? x[i] : high;
            weight += weights[i];
            weighted += weights[i] * x[i];
        }

        low = low > 0 ? 0 : low;
        if (high - low < NoRange)
        {
            return new AffineFit(0, low, 0, low);
        }

        var inverse = spec.Levels / (high - low);
        var fit = new AffineFit(1 / inverse, low, inverse, low);
        var best = Error(x, weights, spec.Levels, fit, spec.Absolute);
        for (var step = 0; step < spec.Count; step++)
        {
            inverse = (spec.First + spec.Step * step + spec.Levels) / (high - fit.Low);
            float l = 0, ll = 0, xl = 0;
            for (var i = 0; i < x.Length; i++)
            {
                var q = Rounding.Clamp(inverse * (x[i] - fit.Low), 0, spec.Levels);
                var wl = weights[i] * q;
                l += wl;
                ll += wl * q;
                xl += wl * x[i];
            }

            var determinant = weight * ll - l * l;
            if (!(determinant > 0))
            {
                continue;
            }

            var scale = (weight * xl - weighted * l) / determinant;
            low = (ll * weighted - l * xl) / determinant;
            var candidate = low > 0 ? new AffineFit(xl / ll, 0, inverse, fit.Low) : new AffineFit(scale, low, inverse, fit.Low);
            var error = Error(x, weights, spec.Levels, candidate, spec.Absolute);
            if (error < best)
            {
                (best, fit) = (error, candidate);
            }
        }

        return fit;
    }

    private static float Error(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int levels, AffineFit fit, bool absolute)
    {
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            var q = Rounding.Clamp(fit.Inverse * (x[i] - fit.Origin), 0, levels);
            var difference = fit.Scale * q + fit.Low - x[i];
            sum += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
        }

        return sum;
    }
}
