namespace Colibri.Formats.Search;

/// <summary>
/// Finds integers and scale of a group for few bits (Q3_K): starting from plain rounding, each value in turn moves to the integer
/// that is best given all others, up to five rounds.
/// </summary>
/// <remarks>
/// The squared error weighted by the square of the value falls by sum(w x l)^2 / sum(w l l); a move is kept where that grows.
/// After the k-quants of ggml (<c>make_q3_quants</c>); nothing is fused or reordered, so the result is the same to the last bit.
/// </remarks>
internal static class RefinedSearch
{
    private const int Rounds = 5;

    /// <summary>Fits a group.</summary>
    /// <param name="x">The values.</param>
    /// <param name="limit">Integers run from -limit to limit - 1.</param>
    /// <param name="q">Receives the integers plus limit; zeros for an all-zero group.</param>
    /// <returns>The scale, of either sign; 0 for an all-zero group.</returns>
    internal static float Fit(ReadOnlySpan<float> x, int limit, Span<byte> q)
    {
        var extreme = 0f;
        foreach (var v in x)
        {
            extreme = MathF.Abs(v) > MathF.Abs(extreme) ? v : extreme;
        }

        if (MathF.Abs(extreme) < SymmetricSearch.Nothing)
        {
            q.Clear();
            return 0;
        }

        Span<float> integers = stackalloc float[x.Length];
        float xl = 0, ll = 0;
        var inverse = -limit / extreme;
        for (var i = 0; i < x.Length; i++)
        {
            var l = Rounding.Clamp(inverse * x[i], -limit, limit - 1);
            integers[i] = l;
            var weight = x[i] * x[i];
            xl += weight * x[i] * l;
            ll += weight * l * l;
        }

        for (var round = 0; round < Rounds && Improve(x, limit, integers, ref xl, ref ll); round++)
        {
        }

        for (var i = 0; i < x.Length; i++)
        {
            q[i] = (byte)(integers[i] + limit);
        }

        return ll > 0 ? xl / ll : 0;
    }

    /// <summary>One round over all values; false where nothing moved.</summary>
    private static bool Improve(ReadOnlySpan<float> x, int limit, Span<float> integers, ref float xl, ref float ll)
    {
        var moved = false;
        for (var i = 0; i < x.Length; i++)
        {
            var weight = x[i] * x[i];
            var l = integers[i];
            var otherXl = xl - weight * x[i] * l;
            if (!(otherXl > 0))
            {
                continue;
            }

            var otherLl = ll - weight * l * l;
            var best = Rounding.Clamp(x[i] * otherLl / otherXl, -limit, limit - 1);
            if (best == l)
            {
                continue;
            }

            otherXl += weight * x[i] * best;
            otherLl += weight * best * best;
            if (otherLl > 0 && otherXl * otherXl * ll > xl * xl * otherLl)
            {
                (integers[i], xl, ll) = (best, otherXl, otherLl);
                moved = true;
            }
        }

        return moved;
    }
}
