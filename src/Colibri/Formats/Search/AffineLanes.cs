using System.Numerics;
using System.Runtime.CompilerServices;

namespace Colibri.Formats.Search;

/// <summary><see cref="AffineSearch"/> with a group in each lane; bit for bit the same fits.</summary>
internal static class AffineLanes
{
    /// <summary>Fits every group of a block.</summary>
    /// <param name="values">Whole groups.</param>
    /// <param name="spec">The candidates.</param>
    /// <param name="fits">Receives a fit per group.</param>
    internal static void Fit(ReadOnlySpan<float> values, in AffineSpec spec, Span<AffineFit> fits)
    {
        Span<Vector<float>> x = stackalloc Vector<float>[spec.GroupSize];
        Span<Vector<float>> weights = stackalloc Vector<float>[spec.GroupSize];
        Span<Vector<float>> scratch = stackalloc Vector<float>[spec.GroupSize];
        for (var g = 0; g < fits.Length; g += Vector<float>.Count)
        {
            GroupTransposition.Load(values, spec.GroupSize, g, x);
            Weigh(x, spec.Absolute, weights);
            var (scale, low, inverse, origin) = spec.Absolute
                ? Fit<Magnitude>(x, weights, scratch, in spec)
                : Fit<Square>(x, weights, scratch, in spec);
            for (var lane = 0; lane < Vector<float>.Count && g + lane < fits.Length; lane++)
            {
                fits[g + lane] = new AffineFit(scale[lane], low[lane], inverse[lane], origin[lane]);
            }
        }
    }

    private static void Weigh(ReadOnlySpan<Vector<float>> x, bool absolute, Span<Vector<float>> weights)
    {
        var squares = Vector<float>.Zero;
        foreach (var v in x)
        {
            squares += v * v;
        }

        var typical = absolute ? Vector<float>.Zero : Vector.SquareRoot(squares / Vector.Create((float)x.Length));
        for (var i = 0; i < x.Length; i++)
        {
            weights[i] = typical + Vector.Abs(x[i]);
        }
    }

    private static (Vector<float> Scale, Vector<float> Low, Vector<float> Inverse, Vector<float> Origin) Fit<TNorm>(
        ReadOnlySpan<Vector<float>> x, ReadOnlySpan<Vector<float>> weights, Span<Vector<float>> q, in AffineSpec spec)
        where TNorm : struct, INorm
    {
        var low = x[0];
        var high = x[0];
        var weight = weights[0];
        var weighted = weights[0] * x[0];
        for (var i = 1; i < x.Length; i++)
        {
            low = Vector.ConditionalSelect(Vector.LessThan(x[i], low), x[i], low);
            high = Vector.ConditionalSelect(Vector.GreaterThan(x[i], high), x[i], high);
            weight += weights[i];
            weighted += weights[i] * x[i];
        }

        low = Vector.ConditionalSelect(Vector.GreaterThan(low, Vector<float>.Zero), Vector<float>.Zero, low);
        var flat = Vector.LessThan(high - low, Vector.Create(AffineSearch.NoRange));
        var levels = spec.Levels;
        var inverse = Vector.Create((float)levels) / (high - low);
        var scale = Vector<float>.One / inverse;
        var (chosen, origin) = (inverse, low);
        for (var i = 0; i < x.Length; i++)
        {
            q[i] = Rounding.Clamp(inverse * (x[i] - low), 0, levels);
        }

        var best = Error<TNorm>(x, weights, q, scale, low);
        for (var step = 0; step < spec.Count; step++)
        {
            inverse = Vector.Create(spec.First + spec.Step * step + levels) / (high - low);
            var (l, ll, xl) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var i = 0; i < x.Length; i++)
            {
                var rounded = Rounding.Clamp(inverse * (x[i] - low), 0, levels);
                q[i] = rounded;
                var wl = weights[i] * rounded;
                l += wl;
                ll += wl * rounded;
                xl += wl * x[i];
            }

            var determinant = weight * ll - l * l;
            var newScale = (weight * xl - weighted * l) / determinant;
            var newLow = (ll * weighted - l * xl) / determinant;
            var above = Vector.GreaterThan(newLow, Vector<float>.Zero);
            newScale = Vector.ConditionalSelect(above, xl / ll, newScale);
            newLow = Vector.ConditionalSelect(above, Vector<float>.Zero, newLow);
            var error = Error<TNorm>(x, weights, q, newScale, newLow);
            var better = Vector.GreaterThan(determinant, Vector<float>.Zero) & Vector.LessThan(error, best);
            origin = Vector.ConditionalSelect(better, low, origin);
            chosen = Vector.ConditionalSelect(better, inverse, chosen);
            best = Vector.ConditionalSelect(better, error, best);
            scale = Vector.ConditionalSelect(better, newScale, scale);
            low = Vector.ConditionalSelect(better, newLow, low);
        }

        // A flat group ran along on quotients by zero; what it is to give was known before.
        low = Vector.ConditionalSelect(flat, origin, low);
        scale = Vector.ConditionalSelect(flat, Vector<float>.Zero, scale);
        chosen = Vector.ConditionalSelect(flat, Vector<float>.Zero, chosen);
        return (scale, low, chosen, origin);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Error<TNorm>(
        ReadOnlySpan<Vector<float>> x, ReadOnlySpan<Vector<float>> weights, ReadOnlySpan<Vector<float>> q, Vector<float> scale, Vector<float> low)
        where TNorm : struct, INorm
    {
        var sum = Vector<float>.Zero;
        for (var i = 0; i < x.Length; i++)
        {
            sum += weights[i] * TNorm.Of(scale * q[i] + low - x[i]);
        }

        return sum;
    }

    private interface INorm
    {
        static abstract Vector<float> Of(Vector<float> difference);
    }

    private struct Square : INorm
    {
        public static Vector<float> Of(Vector<float> difference) => difference * difference;
    }

    private struct Magnitude : INorm
    {
        public static Vector<float> Of(Vector<float> difference) => Vector.Abs(difference);
    }
}
