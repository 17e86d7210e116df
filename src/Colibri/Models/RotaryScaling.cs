using Colibri.Execution;
using Colibri.Files;
using Colibri.Kernels.Rotary;

namespace Colibri.Models;

/// <summary>Turns a model's rotary settings into frequencies: plain, linear, dynamic, llama3 and YaRN scaling.</summary>
internal static class RotaryScaling
{
    /// <summary>The base of the frequencies where a file names none.</summary>
    public const double DefaultBase = 10_000;

    /// <summary>The rotary embedding of a model.</summary>
    /// <param name="rope">What the configuration says.</param>
    /// <param name="rotated">Values of each head that are turned.</param>
    /// <param name="headSize">Values of a head.</param>
    /// <param name="pairs">Which values form pairs.</param>
    /// <param name="context">The configuration's longest sequence.</param>
    /// <param name="source">The file, for errors.</param>
    /// <param name="divisors">A divisor for each frequency from the file itself (rope_freqs), or null.</param>
    /// <exception cref="InputException">The scaling is unknown, its numbers are missing, or more is turned than a head has.</exception>
    public static RotarySpec Create(RopeSettings rope, int rotated, int headSize, RotaryPairs pairs, int context, string source, float[]? divisors = null)
    {
        if (rotated % 2 != 0 || rotated < 2 || rotated > headSize)
        {
            throw new InputException($"{source}: {rotated} values of each head are to be rotated ({(rope.Dimensions is null ? "the size of a head" : "rope.dimension_count")}); an even number of the head's {headSize} is expected.");
        }

        var spec = Scaled(rope, rotated, pairs, context, source, divisors);
        return spec.Frequencies.All(double.IsFinite) && double.IsFinite(spec.Magnitude) && Math.Abs(spec.Magnitude) <= float.MaxValue ? spec : throw new InputException(
            $"{source}: rope scaling {Printable.Quote(rope.Kind)} gives frequencies or a scale of attention that are no numbers; its numbers or the base ({rope.Theta ?? DefaultBase}) are wrong.");
    }

    private static RotarySpec Scaled(RopeSettings rope, int rotated, RotaryPairs pairs, int context, string source, float[]? divisors)
    {
        var theta = rope.Theta ?? DefaultBase;
        var frequencies = Frequencies(rope, rotated);
        if (divisors is not null)
        {
            for (var i = 0; i < frequencies.Length; i++)
            {
                frequencies[i] /= divisors[i];
            }
        }

        var original = rope.OriginalContext ?? context;
        switch (rope.Kind)
        {
            case "default":
                return new RotarySpec(rotated, pairs, frequencies);
            case "linear":
                return new RotarySpec(rotated, pairs, [.. frequencies.Select(f => f / Factor(rope, source))]);
            case "dynamic":
                return new RotarySpec(rotated, pairs, frequencies, 1, new DynamicRotary(theta, Factor(rope, source), context));
            case "llama3":
                return new RotarySpec(rotated, pairs, [.. frequencies.Select(f => Llama3(f, rope, original, source))]);
            case "yarn":
                return Yarn(frequencies, rope, rotated, pairs, theta, original, rope.Factor ?? (double)context / original);
            default:
                throw new InputException($"{source}: rope scaling {Printable.Quote(rope.Kind)} is not known. Known: default, linear, dynamic, llama3, yarn.");
        }
    }

    /// <summary>The frequencies of all pairs, unscaled.</summary>
    /// <param name="rope">What the configuration says.</param>
    /// <param name="rotated">Values of each head that are turned.</param>
    public static double[] Frequencies(RopeSettings rope, int rotated) =>
        [.. Enumerable.Range(0, rotated / 2).Select(i => Math.Pow(rope.Theta ?? DefaultBase, -2.0 * i / rotated))];

    /// <summary>YaRN's scale of attention scores.</summary>
    /// <param name="factor">How many times longer than trained the context is made.</param>
    /// <param name="slope">How strongly it grows with the factor's logarithm, usually 1.</param>
    public static double YarnMagnitude(double factor, double slope) => factor <= 1 ? 1 : (0.1 * slope * Math.Log(factor)) + 1;

    /// <summary>The longest sequence with the scaling counted in.</summary>
    /// <param name="rope">What the configuration says.</param>
    /// <param name="context">The configuration's longest sequence.</param>
    public static int Context(RopeSettings rope, int context)
    {
        var stretched = rope.Kind switch
        {
            "linear" or "dynamic" when rope.OriginalContext is null => context * (rope.Factor ?? 1),
            "yarn" => (rope.OriginalContext ?? 0) * (rope.Factor ?? 1),
            _ => context,
        };
        return (int)Math.Min(int.MaxValue, Math.Max(context, stretched));
    }

    private static double Factor(RopeSettings rope, string source) =>
        rope.Factor ?? throw new InputException($"{source}: rope scaling {Printable.Quote(rope.Kind)} has no 'factor'.");

    // Llama 3.1: long wavelengths are slowed by the factor, short ones kept, those between blended.
    private static double Llama3(double frequency, RopeSettings rope, int original, string source)
    {
        var factor = Factor(rope, source);
        var low = rope.LowFrequencyFactor ?? throw new InputException($"{source}: rope scaling 'llama3' has no 'low_freq_factor'.");
        var high = rope.HighFrequencyFactor ?? throw new InputException($"{source}: rope scaling 'llama3' has no 'high_freq_factor'.");
        var turns = original * frequency / (2 * Math.PI);
        if (turns < low)
        {
            return frequency / factor;
        }

        if (turns > high)
        {
            return frequency;
        }

        var kept = (turns - low) / (high - low);
        return (1 - kept) * frequency / factor + kept * frequency;
    }

    // Peng et al. 2023, YaRN: section 3.2 (NTK-by-parts) and 3.4 (attention factor).
    private static RotarySpec Yarn(double[] frequencies, RopeSettings rope, int rotated, RotaryPairs pairs, double theta, int original, double factor)
    {
        var low = Dimension(rope.BetaFast ?? 32);
        var high = Dimension(rope.BetaSlow ?? 1);
        if (rope.Truncate ?? true)
        {
            low = Math.Floor(low);
            high = Math.Ceiling(high);
        }

        low = Math.Max(low, 0);
        high = Math.Min(high, rotated - 1);
        if (low == high)
        {
            high += 0.001;
        }

        var extension = rope.ExtensionFactor ?? 1;
        for (var i = 0; i < frequencies.Length; i++)
        {
            var kept = (1 - Math.Clamp((i - low) / (high - low), 0, 1)) * extension;
            frequencies[i] = frequencies[i] / factor * (1 - kept) + frequencies[i] * kept;
        }

        var magnitude = rope is { Scale: { } slope, ScaleAllDimensions: { } all } && slope != 0 && all != 0
            ? Magnitude(slope) / Magnitude(all)
            : Magnitude(1);
        return new RotarySpec(rotated, pairs, frequencies, rope.AttentionFactor ?? magnitude * (rope.AttentionMultiplier ?? 1));

        double Dimension(double rotations) => rotated * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));

        double Magnitude(double slope) => YarnMagnitude(factor, slope);
    }
}
