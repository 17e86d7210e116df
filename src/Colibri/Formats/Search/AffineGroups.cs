namespace Colibri.Formats.Search;

/// <summary>
/// What the k-quants with minimums (Q2_K, Q4_K, Q5_K) share: each group is fitted on its own, then scales and minimums are
/// themselves rounded to small integers, and the values rounded again to what those give.
/// </summary>
internal static class AffineGroups
{
    /// <summary>Encodes a block.</summary>
    /// <param name="values">All values of the block.</param>
    /// <param name="spec">The candidates and the limits.</param>
    /// <param name="q">Receives an integer per value.</param>
    /// <param name="scales">Receives an integer per group.</param>
    /// <param name="minimums">Receives an integer per group.</param>
    /// <returns>What scales and minimums are multiplied by; infinite where half precision cannot hold it.</returns>
    internal static (Half Scale, Half Minimum) Encode(
        ReadOnlySpan<float> values, in AffineSpec spec, Span<byte> q, Span<byte> scales, Span<byte> minimums)
    {
        Span<AffineFit> fits = stackalloc AffineFit[scales.Length];
        AffineLanes.Fit(values, in spec, fits);

        float scale = 0, minimum = 0;
        foreach (var fit in fits)
        {
            scale = fit.Scale > scale ? fit.Scale : scale;
            minimum = -fit.Low > minimum ? -fit.Low : minimum;
        }

        var perScale = scale > 0 ? spec.ScaleLevels / scale : 0;
        var perMinimum = minimum > 0 ? spec.ScaleLevels / minimum : 0;
        var stored = ((Half)(scale / spec.ScaleLevels), (Half)(minimum / spec.ScaleLevels));
        var (wholeScale, wholeMinimum) = ((float)stored.Item1, (float)stored.Item2);
        for (var g = 0; g < fits.Length; g++)
        {
            var fit = fits[g];
            scales[g] = (byte)Rounding.Clamp(perScale * fit.Scale, 0, spec.ScaleLevels);
            minimums[g] = (byte)Rounding.Clamp(perMinimum * -fit.Low, 0, spec.ScaleLevels);
            var x = values.Slice(g * spec.GroupSize, spec.GroupSize);
            var integers = q.Slice(g * spec.GroupSize, spec.GroupSize);
            var d = wholeScale * scales[g];
            if (d != 0)
            {
                Rounding.Divide(x, wholeMinimum * minimums[g], d, 0, spec.Levels, integers);
            }
            else
            {
                // Nothing of these integers is left in the values; they are what ggml writes.
                for (var i = 0; i < x.Length; i++)
                {
                    integers[i] = (byte)Rounding.Clamp(fit.Inverse * (x[i] - fit.Origin), 0, spec.Levels);
                }
            }
        }

        return stored;
    }
}
