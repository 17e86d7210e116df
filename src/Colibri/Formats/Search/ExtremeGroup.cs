namespace Colibri.Formats.Search;

/// <summary>What Q4_0 and Q5_0 share: the value of largest magnitude becomes the lowest integer, the only one without a mirror.</summary>
internal static class ExtremeGroup
{
    /// <summary>Encodes one group.</summary>
    /// <param name="x">A multiple of 16 values.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="q">Receives as many integers plus limit.</param>
    /// <returns>The scale. The integers are for the unrounded one, as in ggml.</returns>
    internal static Half Encode(ReadOnlySpan<float> x, int limit, Span<byte> q)
    {
        var scale = Extremes.Signed(x) / -limit;
        Rounding.Cut(x, 0, scale == 0 ? 0 : 1 / scale, limit + 0.5f, 2 * limit - 1, q);
        return (Half)scale;
    }
}
