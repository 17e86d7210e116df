namespace Colibri.Formats.Search;

/// <summary>What Q4_0 and Q5_0 share: the value of largest magnitude becomes the lowest integer, the only one without a mirror.</summary>
internal static class ExtremeGroup
{
    /// <summary>Encodes one group.</summary>
    /// <param name="values">The values.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="q">Receives as many integers plus limit.</param>
    /// <returns>The scale. The integers are for the unrounded one, as in ggml.</returns>
    internal static Half Encode(ReadOnlySpan<float> values, int limit, Span<byte> q)
    {
        var extreme = 0f;
        foreach (var v in values)
        {
            extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
        }

        var scale = extreme / -limit;
        var inverse = scale == 0 ? 0 : 1 / scale;
        for (var i = 0; i < values.Length; i++)
        {
            q[i] = (byte)Math.Min(2 * limit - 1, (int)(values[i] * inverse + (limit + 0.5f)));
        }

        return (Half)scale;
    }
}
