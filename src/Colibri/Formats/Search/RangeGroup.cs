namespace Colibri.Formats.Search;

/// <summary>What Q4_1 and Q5_1 share: the range of the group, spread evenly over the integers.</summary>
internal static class RangeGroup
{
    /// <summary>Encodes one group.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="levels">The largest integer.</param>
    /// <param name="q">Receives as many integers.</param>
    /// <returns>Scale and least value. The integers are for the unrounded ones, as in ggml.</returns>
    internal static (Half Scale, Half Least) Encode(ReadOnlySpan<float> x, int levels, Span<byte> q)
    {
        var (least, most) = Extremes.Range(x);
        var scale = (most - least) / levels;
        Rounding.Cut(x, least, scale == 0 ? 0 : 1 / scale, 0.5f, levels, q);
        return ((Half)scale, (Half)least);
    }
}
