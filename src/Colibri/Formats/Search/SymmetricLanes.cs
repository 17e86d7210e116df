using System.Numerics;

namespace Colibri.Formats.Search;

/// <summary><see cref="SymmetricSearch"/> with a group in each lane; bit for bit the same fits.</summary>
internal static class SymmetricLanes
{
    /// <summary>Fits every group of a block.</summary>
    /// <param name="values">Whole groups.</param>
    /// <param name="size">Values of a group.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="fits">Receives a fit per group.</param>
    internal static void Fit(ReadOnlySpan<float> values, int size, int limit, Span<SymmetricFit> fits)
    {
        Span<Vector<float>> x = stackalloc Vector<float>[size];
        Span<Vector<float>> weights = stackalloc Vector<float>[size];
        Span<Vector<float>> weighted = stackalloc Vector<float>[size];
        for (var g = 0; g < fits.Length; g += Vector<float>.Count)
        {
            GroupTransposition.Load(values, size, g, x);
            for (var i = 0; i < x.Length; i++)
            {
                weights[i] = x[i] * x[i];
                weighted[i] = weights[i] * x[i];
            }

            var (scale, inverse) = Fit(x, weights, weighted, limit);
            for (var lane = 0; lane < Vector<float>.Count && g + lane < fits.Length; lane++)
            {
                fits[g + lane] = new SymmetricFit(scale[lane], inverse[lane]);
            }
        }
    }

    private static (Vector<float> Scale, Vector<float> Inverse) Fit(
        ReadOnlySpan<Vector<float>> x, ReadOnlySpan<Vector<float>> weights, ReadOnlySpan<Vector<float>> weighted, int limit)
    {
        var extreme = Vector<float>.Zero;
        foreach (var v in x)
        {
            extreme = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Abs(v), Vector.Abs(extreme)), v, extreme);
        }

        // Lanes of all-zero groups divide by one instead and are cleared at the end.
        var nothing = Vector.LessThan(Vector.Abs(extreme), Vector.Create(SymmetricSearch.Nothing));
        extreme = Vector.ConditionalSelect(nothing, Vector<float>.One, extreme);
        var chosen = Vector.Create((float)-limit) / extreme;
        var (xl, ll) = Sums(x, weights, weighted, limit, chosen);
        var scale = Vector.ConditionalSelect(Vector.Equals(ll, Vector<float>.Zero), Vector<float>.Zero, xl / ll);
        var best = scale * xl;
        for (var step = -SymmetricSearch.Steps; step <= SymmetricSearch.Steps; step++)
        {
            if (step == 0)
            {
                continue;
            }

            var inverse = Vector.Create(-(limit + 0.1f * step)) / extreme;
            (xl, ll) = Sums(x, weights, weighted, limit, inverse);
            var better = Vector.GreaterThan(ll, Vector<float>.Zero) & Vector.GreaterThan(xl * xl, best * ll);
            scale = Vector.ConditionalSelect(better, xl / ll, scale);
            best = Vector.ConditionalSelect(better, scale * xl, best);
            chosen = Vector.ConditionalSelect(better, inverse, chosen);
        }

        return (Vector.ConditionalSelect(nothing, Vector<float>.Zero, scale), Vector.ConditionalSelect(nothing, Vector<float>.Zero, chosen));
    }

    private static (Vector<float> Xl, Vector<float> Ll) Sums(
        ReadOnlySpan<Vector<float>> x, ReadOnlySpan<Vector<float>> weights, ReadOnlySpan<Vector<float>> weighted, int limit, Vector<float> inverse)
    {
        var (xl, ll) = (Vector<float>.Zero, Vector<float>.Zero);
        for (var i = 0; i < x.Length; i++)
        {
            var l = Rounding.Clamp(inverse * x[i], -limit, limit - 1);
            xl += weighted[i] * l;
            ll += weights[i] * l * l;
        }

        return (xl, ll);
    }
}
