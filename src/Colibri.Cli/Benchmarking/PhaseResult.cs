using Colibri.Execution;
using Colibri.Hardware;

namespace Colibri.Cli.Benchmarking;

/// <summary>How fast one phase of running a model is.</summary>
/// <param name="Name"><c>prompt</c>, <c>generate</c>, or <c>batch</c>.</param>
/// <param name="Sequences">Sequences at a time.</param>
/// <param name="Tokens">Tokens of one repeat, of all sequences.</param>
/// <param name="Measured">Tokens per second of the repeats, in the order of measuring.</param>
/// <param name="Cost">What one repeat must compute and read at least.</param>
/// <param name="JoulesPerToken">Energy of the processor packages, or null where it cannot be read.</param>
/// <param name="Profile">Where the time of the median repeat went, or null.</param>
internal sealed record PhaseResult(
    string Name, int Sequences, int Tokens, IReadOnlyList<double> Measured, StepCost Cost, double? JoulesPerToken, PhaseProfile? Profile)
{
    /// <summary>Tokens per second of the repeats, ascending.</summary>
    public IReadOnlyList<double> Rates { get; } = [.. Measured.Order()];

    /// <summary>What a table calls it, for example <c>generate x 16</c>.</summary>
    public string Title => Sequences == 1 ? Name : $"generate x {Sequences}";

    /// <summary>Tokens per second, the median of the repeats.</summary>
    public double Median => Rates[Rates.Count / 2];

    /// <summary>Tokens per second, the best of the repeats.</summary>
    public double Best => Rates[^1];

    /// <summary>Seconds of the median repeat.</summary>
    public double Seconds => Tokens / Median;

    /// <summary>The share of the roofline: the least time the machine could take, over the time taken.</summary>
    public double ShareOfRoofline(MachineCeilings c, int threads) =>
        Math.Max(Cost.Bytes / c.Read.At(threads), c.ArithmeticSeconds(Cost, threads)) / Seconds;

    /// <summary>Bytes read per second, as a share of the memory's.</summary>
    public double ShareOfRead(MachineCeilings c, int threads) => Cost.Bytes / Seconds / c.Read.At(threads);

    /// <summary>Time the arithmetic would take at its peak, as a share of the time taken.</summary>
    public double ShareOfArithmetic(MachineCeilings c, int threads) =>
        c.ArithmeticSeconds(Cost, threads) / Seconds;

    /// <summary>How many times as fast as another: the median over the repeats, each beside its own neighbour in time.</summary>
    public double RatioTo(PhaseResult other)
    {
        var ratios = Measured.Zip(other.Measured, (mine, its) => mine / its).Order().ToList();
        return ratios[ratios.Count / 2];
    }
}
