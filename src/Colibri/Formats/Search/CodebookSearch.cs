using Colibri.Formats.Packing;

namespace Colibri.Formats.Search;

/// <summary>
/// Finds the scale of a group whose integers are the sixteen steps of a <see cref="Codebook"/>: the least squared error, weighted
/// by the square of the value, over a handful of candidates. The plain form.
/// </summary>
/// <remarks>
/// Sixteen roundings are tried: the largest magnitude at the magnitude of the lowest step with the other sign, then at
/// -127 -7 .. -127 +7. After the non-linear quants of ggml (<c>quantize_row_iq4_nl_impl</c>); nothing is fused or reordered, so
/// the result is the same to the last bit.
/// </remarks>
internal static class CodebookSearch
{
    /// <summary>Candidates to either side of the one that spans the range.</summary>
    internal const int Steps = 7;

    /// <summary>The number of the step nearest to a value; from the middle between two steps the upper one.</summary>
    internal static int Nearest(float value)
    {
        var steps = Codebook.Steps;
        if (value >= steps[^1])
        {
            return steps.Length - 1;
        }

        var upper = 1;
        while (value >= steps[upper])
        {
            upper++;
        }

        return value - steps[upper - 1] < steps[upper] - value ? upper - 1 : upper;
    }

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <returns>The scale, of either sign; 0 for an all-zero group.</returns>
    internal static float Fit(ReadOnlySpan<float> x)
    {
        var extreme = 0f;
        foreach (var v in x)
        {
            extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
        }

        if (MathF.Abs(extreme) < SymmetricSearch.Nothing)
        {
            return 0;
        }

        float lowest = Codebook.Steps[0];
        var (xl, ll) = Sums(x, 1 / (-extreme / lowest));
        var scale = ll > 0 ? xl / ll : 0;
        var best = scale * xl;
        for (var step = -Steps; step <= Steps; step++)
        {
            (xl, ll) = Sums(x, (step + lowest) / extreme);
            if (ll > 0 && xl * xl > best * ll)
            {
                scale = xl / ll;
                best = scale * xl;
            }
        }

        return scale;
    }

    private static (float Xl, float Ll) Sums(ReadOnlySpan<float> x, float inverse)
    {
        float xl = 0, ll = 0;
        foreach (var v in x)
        {
            float l = Codebook.Steps[Nearest(inverse * v)];
            var weight = v * v;
            xl += weight * l * v;
            ll += weight * l * l;
        }

        return (xl, ll);
    }
}
