namespace Colibri.Formats.Search;

/// <summary>What Q4_1 and Q5_1 share: the range of the group, spread evenly over the integers.</summary>
internal static class RangeGroup
{
    /// <summary>Encodes one group.</summary>
    /// <param name="values">The values.</param>
    /// <param name="levels">The largest integer.</param>
    /// <param name="q">Receives as many integers.</param>
    /// <returns>Scale and least value. The integers are for the unrounded ones, as in ggml.</returns>
    internal static (Half Scale, Half Least) Encode(ReadOnlySpan<float> values, int levels, Span<byte> q)
    {
        var (least, most) = (values[0], values[0]);
        foreach (var v in values)
        {
            least = v < least ? v : least;
            most = v > most ? v : most;
        }

        var scale = (most - least) / levels;
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < values.Length; i++)
        {
            q[i] = (byte)Math.Min(levels, (int)((values[i] - least) * inverse + 0.5f));
        }

        return ((Half)scale, (Half)least);
    }
}
