namespace Colibri.Formats.Search;

/// <summary>What was found for a group: value = scale * l, where l rounds inverse * x.</summary>
/// <param name="Scale">The scale, of either sign; 0 for an all-zero group.</param>
/// <param name="Inverse">What the candidate chosen multiplies by; 0 for an all-zero group.</param>
internal readonly record struct SymmetricFit(float Scale, float Inverse);

/// <summary>
/// Finds the scale of a group of signed integers: the least squared error, weighted by the square of the value, over a handful of
/// candidates. The plain form.
/// </summary>
/// <remarks>
/// For a given rounding l of the values, the best scale is sum(w x l) / sum(w l l), and it removes sum(w x l)^2 / sum(w l l) of
/// the error. Nineteen roundings are tried: the one that puts the largest magnitude at -limit, and nine steps of a tenth
/// to either side. After the k-quants of ggml (<c>make_qx_quants</c>); sums run in ascending order and nothing is fused, so the
/// result is the same to the last bit.
/// </remarks>
internal static class SymmetricSearch
{
    /// <summary>A group whose largest magnitude is below this is all zero.</summary>
    internal const float Nothing = 1e-15f;

    /// <summary>Candidates to either side of the one that spans the range.</summary>
    internal const int Steps = 9;

    /// <summary>Fits every group of a block.</summary>
    /// <param name="values">Whole groups.</param>
    /// <param name="size">Values of a group.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="fits">Receives a fit per group.</param>
    internal static void Fit(ReadOnlySpan<float> values, int size, int limit, Span<SymmetricFit> fits)
    {
        for (var g = 0; g < fits.Length; g++)
        {
            fits[g] = Fit(values.Slice(g * size, size), limit);
        }
    }

    private static SymmetricFit Fit(ReadOnlySpan<float> x, int limit)
    {
        var extreme = 0f;
        foreach (var v in x)
        {
            extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
        }

        if (MathF.Abs(extreme) < Nothing)
        {
            return default;
        }

        var inverse = -limit / extreme;
        var (xl, ll) = Sums(x, limit, inverse);
        var fit = new SymmetricFit(ll != 0 ? xl / ll : 0, inverse);
        var best = fit.Scale * xl;
        for (var step = -Steps; step <= Steps; step++)
        {
            if (step == 0)
            {
                continue;
            }

            inverse = -(limit + 0.1f * step) / extreme;
            (xl, ll) = Sums(x, limit, inverse);
            if (ll > 0 && xl * xl > best * ll)
            {
                fit = new SymmetricFit(xl / ll, inverse);
                best = fit.Scale * xl;
            }
        }

        return fit;
    }

    private static (float Xl, float Ll) Sums(ReadOnlySpan<float> x, int limit, float inverse)
    {
        float xl = 0, ll = 0;
        foreach (var v in x)
        {
            var l = Rounding.Clamp(inverse * v, -limit, limit - 1);
            var weight = v * v;
            xl += weight * v * l;
            ll += weight * l * l;
        }

        return (xl, ll);
    }
}
