namespace Colibri.Formats.Search;

/// <summary>
/// What the k-quants with minimums (Q2_K, Q4_K, Q5_K) share: each group is fitted on its own, then scales and minimums are
/// themselves rounded to small integers, and the values rounded again to what those give.
/// </summary>
internal static class AffineGroups
{
    /// <summary>Encodes a block of 256 values in groups of 32, with 6-bit scales and minimums.</summary>
    /// <param name="values">256 values.</param>
    /// <param name="grid">The candidates for each group.</param>
    /// <param name="q">Receives 256 integers.</param>
    /// <param name="scales">Receives 8 integers, 0..63.</param>
    /// <param name="minimums">Receives 8 integers, 0..63.</param>
    /// <returns>What scales and minimums are multiplied by.</returns>
    internal static (Half Scale, Half Minimum) Encode(
        ReadOnlySpan<float> values, in AffineSearch.Grid grid, Span<byte> q, Span<byte> scales, Span<byte> minimums)
    {
        const int size = 32;
        Span<float> weights = stackalloc float[size];
        Span<float> fittedScales = stackalloc float[256 / size];
        Span<float> fittedMinimums = stackalloc float[256 / size];
        for (var g = 0; g < fittedScales.Length; g++)
        {
            var x = values.Slice(g * size, size);
            var squares = 0f;
            foreach (var v in x)
            {
                squares += v * v;
            }

            var typical = MathF.Sqrt(squares / size);
            for (var i = 0; i < size; i++)
            {
                weights[i] = typical + MathF.Abs(x[i]);
            }

            fittedScales[g] = AffineSearch.Fit(x, weights, in grid, q.Slice(g * size, size), out fittedMinimums[g]);
        }

        var scale = RoundAll(fittedScales, 63, scales);
        var minimum = RoundAll(fittedMinimums, 63, minimums);
        for (var g = 0; g < scales.Length; g++)
        {
            var d = (float)scale * scales[g];
            if (d == 0)
            {
                continue;
            }

            var m = (float)minimum * minimums[g];
            for (var i = g * size; i < (g + 1) * size; i++)
            {
                q[i] = (byte)Rounding.Clamp((values[i] + m) / d, 0, grid.Levels);
            }
        }

        return (scale, minimum);
    }

    private static Half RoundAll(ReadOnlySpan<float> numbers, int limit, Span<byte> integers)
    {
        var largest = 0f;
        foreach (var number in numbers)
        {
            largest = number > largest ? number : largest;
        }

        var inverse = largest > 0 ? limit / largest : 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            integers[i] = (byte)Rounding.Clamp(inverse * numbers[i], 0, limit);
        }

        return (Half)(largest / limit);
    }
}
