namespace Colibri.Formats.Search;

/// <summary>
/// Finds the scale of a group of signed integers: the least weighted squared error over a handful of candidates. The plain form.
/// </summary>
/// <remarks>
/// For a given rounding l of the values, the best scale is sum(w x l) / sum(w l l), and it removes sum(w x l)^2 / sum(w l l) of
/// the error. Nineteen roundings are tried: the one that puts the largest magnitude at -limit, and nine steps of a tenth
/// to either side. After the k-quants of ggml (<c>make_qx_quants</c>); sums run in ascending order, so the result is the same to
/// the last bit.
/// </remarks>
internal static class SymmetricSearch
{
    /// <summary>A group whose largest magnitude is below this is all zero.</summary>
    internal const float Nothing = 1e-15f;

    /// <summary>Candidates to either side of the one that spans the range.</summary>
    internal const int Steps = 9;

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <param name="weights">What a squared error costs, one per value.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="q">Receives the integers plus limit, for the scale returned; zeros for an all-zero group.</param>
    /// <returns>The scale, of either sign; 0 for an all-zero group.</returns>
    internal static float Fit(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int limit, Span<byte> q)
    {
        var extreme = 0f;
        foreach (var v in x)
        {
            extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
        }

        if (MathF.Abs(extreme) < Nothing)
        {
            q[..x.Length].Clear();
            return 0;
        }

        var chosen = -limit / extreme;
        var (xl, ll) = Sums(x, weights, limit, chosen);
        var scale = ll != 0 ? xl / ll : 0;
        var best = scale * xl;
        for (var step = -Steps; step <= Steps; step++)
        {
            if (step == 0)
            {
                continue;
            }

            var inverse = -(limit + 0.1f * step) / extreme;
            (xl, ll) = Sums(x, weights, limit, inverse);
            if (ll > 0 && xl * xl > best * ll)
            {
                scale = xl / ll;
                best = scale * xl;
                chosen = inverse;
            }
        }

        for (var i = 0; i < x.Length; i++)
        {
            q[i] = (byte)(Rounding.Clamp(chosen * x[i], -limit, limit - 1) + limit);
        }

        return scale;
    }

    private static (float Xl, float Ll) Sums(ReadOnlySpan<float> x, ReadOnlySpan<float> weights, int limit, float inverse)
    {
        float xl = 0, ll = 0;
        for (var i = 0; i < x.Length; i++)
        {
            var l = Rounding.Clamp(inverse * x[i], -limit, limit - 1);
            xl += weights[i] * x[i] * l;
            ll += weights[i] * l * l;
        }

        return (xl, ll);
    }
}
