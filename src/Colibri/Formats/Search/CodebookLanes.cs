using System.Numerics;
using System.Runtime.InteropServices;
using Colibri.Formats.Packing;

namespace Colibri.Formats.Search;

/// <summary><see cref="CodebookSearch"/> with a group in each lane; bit for bit the same scales.</summary>
internal static class CodebookLanes
{
    private const int Size = 32;

    /// <summary>
    /// From which value on each step is nearer than the one before: not quite the middle between the two, since the plain form
    /// compares rounded differences. Entry 0 is never asked.
    /// </summary>
    private static readonly float[] Thresholds = FindThresholds();

    /// <summary>Fits every group of a block.</summary>
    /// <param name="values">Whole groups of 32.</param>
    /// <param name="scales">Receives a scale per group.</param>
    internal static void Fit(ReadOnlySpan<float> values, Span<float> scales)
    {
        Span<Vector<float>> x = stackalloc Vector<float>[Size];
        for (var g = 0; g < scales.Length; g += Vector<float>.Count)
        {
            GroupTransposition.Load(values, Size, g, x);
            var fitted = Fit(x);
            for (var lane = 0; lane < Vector<float>.Count && g + lane < scales.Length; lane++)
            {
                scales[g + lane] = fitted[lane];
            }
        }
    }

    /// <summary>Numbers of the steps nearest to inverse * x.</summary>
    /// <param name="x">32 values.</param>
    /// <param name="inverse">One over the scale.</param>
    /// <param name="q">Receives 32 numbers.</param>
    internal static void Quantize(ReadOnlySpan<float> x, float inverse, Span<byte> q)
    {
        for (var i = 0; i + Vector<float>.Count <= x.Length; i += Vector<float>.Count)
        {
            var value = Vector.LoadUnsafe(ref MemoryMarshal.GetReference(x), (nuint)i) * inverse;
            var number = Vector<int>.Zero;
            for (var s = 1; s < Thresholds.Length; s++)
            {
                number -= Vector.GreaterThanOrEqual(value, Vector.Create(Thresholds[s]));
            }

            for (var lane = 0; lane < Vector<float>.Count; lane++)
            {
                q[i + lane] = (byte)number[lane];
            }
        }
    }

    private static Vector<float> Fit(ReadOnlySpan<Vector<float>> x)
    {
        var extreme = Vector<float>.Zero;
        foreach (var v in x)
        {
            extreme = Vector.ConditionalSelect(Vector.GreaterThan(Vector.Abs(v), Vector.Abs(extreme)), v, extreme);
        }

        // Lanes of all-zero groups divide by one instead and are cleared at the end.
        var nothing = Vector.LessThan(Vector.Abs(extreme), Vector.Create(SymmetricSearch.Nothing));
        extreme = Vector.ConditionalSelect(nothing, Vector<float>.One, extreme);
        float lowest = Codebook.Steps[0];
        var (xl, ll) = Sums(x, Vector<float>.One / (-extreme / Vector.Create(lowest)));
        var scale = Vector.ConditionalSelect(Vector.GreaterThan(ll, Vector<float>.Zero), xl / ll, Vector<float>.Zero);
        var best = scale * xl;
        for (var step = -CodebookSearch.Steps; step <= CodebookSearch.Steps; step++)
        {
            (xl, ll) = Sums(x, Vector.Create(step + lowest) / extreme);
            var better = Vector.GreaterThan(ll, Vector<float>.Zero) & Vector.GreaterThan(xl * xl, best * ll);
            scale = Vector.ConditionalSelect(better, xl / ll, scale);
            best = Vector.ConditionalSelect(better, scale * xl, best);
        }

        return Vector.ConditionalSelect(nothing, Vector<float>.Zero, scale);
    }

    private static (Vector<float> Xl, Vector<float> Ll) Sums(ReadOnlySpan<Vector<float>> x, Vector<float> inverse)
    {
        var (xl, ll) = (Vector<float>.Zero, Vector<float>.Zero);
        foreach (var v in x)
        {
            var value = inverse * v;
            var l = Vector.Create((float)Codebook.Steps[0]);
            for (var s = 1; s < Thresholds.Length; s++)
            {
                var above = Vector.GreaterThanOrEqual(value, Vector.Create(Thresholds[s]));
                l = Vector.ConditionalSelect(above, Vector.Create((float)Codebook.Steps[s]), l);
            }

            var weighted = v * v * l;
            xl += weighted * v;
            ll += weighted * l;
        }

        return (xl, ll);
    }

    private static float[] FindThresholds()
    {
        var thresholds = new float[Codebook.Steps.Length];
        for (var s = 1; s < thresholds.Length; s++)
        {
            // The plain form's answer only grows with the value, so the first float that gives s is found by small steps.
            var value = (Codebook.Steps[s - 1] + Codebook.Steps[s]) / 2f;
            while (CodebookSearch.Nearest(value) >= s)
            {
                value = MathF.BitDecrement(value);
            }

            while (CodebookSearch.Nearest(value) < s)
            {
                value = MathF.BitIncrement(value);
            }

            thresholds[s] = value;
        }

        return thresholds;
    }
}
