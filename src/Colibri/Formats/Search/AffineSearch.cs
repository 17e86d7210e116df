namespace Colibri.Formats.Search;

/// <summary>
/// Finds scale and minimum of a group of unsigned integers, value = scale * q - minimum: the least weighted error over a handful
/// of candidates. The plain form.
/// </summary>
/// <remarks>
/// For a given rounding q of the values, scale and minimum are a weighted line through the points (q, x); where that line
/// would give a negative minimum it is drawn through the origin instead. Roundings come from spreading the range over somewhat
/// fewer or more levels than there are (the range from the best minimum so far), and the one that spans the range exactly is kept
/// unless one does better.
/// After the k-quants of ggml (<c>make_qkx2_quants</c>); sums run in ascending order, so the result is the same to the last bit.
/// </remarks>
internal static class AffineSearch
{
    /// <summary>A range below this is flat: its reciprocal would overflow.</summary>
    internal const float Flat = 1e-37f;

    /// <summary>Which candidates are tried and how error is counted.</summary>
    /// <param name="Levels">The largest integer.</param>
    /// <param name="First">Levels more (or less) over which the first candidate spreads the range.</param>
    /// <param name="Step">Levels more from one candidate to the next.</param>
    /// <param name="Count">Candidates.</param>
    /// <param name="Absolute">Whether the error is absolute instead of squared.</param>
    internal readonly record struct Grid(int Levels, float First, float Step, int Count, bool Absolute);

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <param name="weights">What an error costs, one per value.</param>
    /// <param name="grid">The candidates.</param>
    /// <param name="q">Receives the integers, 0 to the grid's levels.</param>
    /// <param name="minimum">The minimum, 0 or more.</param>
    /// <returns>The scale, 0 where all values are the same and not positive.</returns>
    internal static float Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, in Grid grid, Span<byte> q, out float minimum)
    {
        float least = x[0], most = x[0], weight = weights[0], weighted = weights[0] * x[0];
        for (var i = 1; i < x.Length; i++)
        {
            least = x[i] < least ? x[i] : least;
            most = x[i] > most ? x[i] : most;
            weight += weights[i];
            weighted += weights[i] * x[i];
        }

        least = least > 0 ? 0 : least;
        var range = most - least;
        if (range < Flat)
        {
            q[..x.Length].Clear();
            minimum = -least;
            return 0;
        }

        Span<float> candidate = stackalloc float[x.Length];
        var low = least;
        var inverse = grid.Levels / range;
        var scale = 1 / inverse;
        for (var i = 0; i < x.Length; i++)
        {
            candidate[i] = Rounding.Clamp(inverse * (x[i] - least), 0, grid.Levels);
        }

        var best = Error(x, weights, candidate, scale, low, grid.Absolute);
        Store(candidate, q);
        for (var step = 0; step < grid.Count; step++)
        {
            inverse = (grid.First + grid.Step * step + grid.Levels) / (most - low);
            float l = 0, ll = 0, xl = 0;
            for (var i = 0; i < x.Length; i++)
            {
                candidate[i] = Rounding.Clamp(inverse * (x[i] - low), 0, grid.Levels);
                var wl = weights[i] * candidate[i];
                l += wl;
                ll += wl * candidate[i];
                xl += wl * x[i];
            }

            var determinant = weight * ll - l * l;
            if (!(determinant > 0))
            {
                continue;
            }

            var newScale = (weight * xl - weighted * l) / determinant;
            var newLow = (ll * weighted - l * xl) / determinant;
            if (newLow > 0)
            {
                newLow = 0;
                newScale = xl / ll;
            }

            var error = Error(x, weights, candidate, newScale, newLow, grid.Absolute);
            if (error < best)
            {
                (best, scale, low) = (error, newScale, newLow);
                Store(candidate, q);
            }
        }

        minimum = -low;
        return scale;
    }

    private static float Error(
        ReadOnlySpan<float> x, ReadOnlySpan<float> weights, ReadOnlySpan<float> q, float scale, float low, bool absolute)
    {
        var sum = 0f;
        for (var i = 0; i < x.Length; i++)
        {
            var difference = scale * q[i] + low - x[i];
            sum += weights[i] * (absolute ? MathF.Abs(difference) : difference * difference);
        }

        return sum;
    }

    private static void Store(ReadOnlySpan<float> integers, Span<byte> q)
    {
        for (var i = 0; i < integers.Length; i++)
        {
            q[i] = (byte)integers[i];
        }
    }
}
