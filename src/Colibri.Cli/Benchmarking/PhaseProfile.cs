using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Hardware;

namespace Colibri.Cli.Benchmarking;

/// <summary>Where the time of one repeat of a phase went.</summary>
internal sealed class PhaseProfile
{
    private readonly IReadOnlyList<ProfiledStep> _steps;

    /// <summary>Reads a profile.</summary>
    /// <param name="run">Times of the steps.</param>
    /// <param name="wall">Time of the phase, by the clock.</param>
    /// <param name="tokenizing">Time of turning the phase's text into tokens before it, or null.</param>
    public PhaseProfile(RunProfile run, TimeSpan wall, TimeSpan? tokenizing)
    {
        _steps = [.. run.Steps];
        Passes = run.Passes;
        Workers = run.Workers;
        Total = wall + (tokenizing ?? TimeSpan.Zero);
        var inSteps = Sum(_steps.Select(s => s.Time));
        var rest = wall - run.PassTime - run.SamplingTime - run.TextTime;
        Gaps =
        [
            .. tokenizing is { } before ? new[] { new ProfileGap("tokenizing", before) } : [],
            new("between operations", run.PassTime - inSteps),
            new("choosing tokens", run.SamplingTime),
            new("giving text out", run.TextTime),
            new("scheduling", rest > TimeSpan.Zero ? rest : TimeSpan.Zero),
        ];
        Operations = Group(_steps);
        var last = _steps.Count == 0 ? 0 : _steps[^1].Segment;
        Blocks = [.. _steps.GroupBy(s => s.Segment).Select(g => new ProfileBlock(
            g.Key == 0 ? "embedding" : g.Key == last ? "head" : $"block {g.Key - 1}", [.. g.Select(Row)]))];
    }

    /// <summary>Passes through the model.</summary>
    public int Passes { get; }

    /// <summary>Workers that computed.</summary>
    public int Workers { get; }

    /// <summary>Time of the phase with tokenizing before it.</summary>
    public TimeSpan Total { get; }

    /// <summary>Operations summed over blocks, in the order in which they first run.</summary>
    public IReadOnlyList<ProfileRow> Operations { get; }

    /// <summary>Time outside of operations.</summary>
    public IReadOnlyList<ProfileGap> Gaps { get; }

    /// <summary>The embedding, the blocks and the head, each with its operations in order.</summary>
    public IReadOnlyList<ProfileBlock> Blocks { get; }

    // Products are told apart by their weights; of the rest there is only one of each kind worth knowing.
    private static List<ProfileRow> Group(IEnumerable<ProfiledStep> steps) =>
        [.. steps.GroupBy(s => s.Label.Operation == "linear" ? s.Label : new StepLabel(s.Label.Operation, "")).Select(g => new ProfileRow(
            g.Key.Operation,
            g.Key.Weights.Length > 0 ? g.Key.Weights : string.Join(", ", g.Select(s => s.Label.Weights).Where(w => w.Length > 0).Distinct()),
            g.Sum(s => s.Calls), Sum(g.Select(s => s.Time)), Sum(g.Select(s => s.Busy)), g.Aggregate(new StepCost(), (sum, s) => sum + s.Cost)))];

    private static ProfileRow Row(ProfiledStep s) => new(s.Label.Operation, s.Label.Weights, s.Calls, s.Time, s.Busy, s.Cost);

    private static TimeSpan Sum(IEnumerable<TimeSpan> times) => new(times.Sum(t => t.Ticks));
}

/// <summary>An operation's sums over a phase.</summary>
/// <param name="Operation">The kind of operation.</param>
/// <param name="Weights">The part its weights play in the model.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Busy">How long workers were at work, all of them together.</param>
/// <param name="Cost">What it had to compute and read at least.</param>
internal sealed record ProfileRow(string Operation, string Weights, int Calls, TimeSpan Time, TimeSpan Busy, StepCost Cost)
{
    /// <summary>What a product is told apart by, or the kind of operation.</summary>
    public string Title => Operation == "linear" ? Weights : Operation;

    /// <summary>Whether it has a bound: work on rows that lie in caches has none worth comparing with.</summary>
    public bool HasBound => Cost != default;

    /// <summary>Bytes per second.</summary>
    public double BytesPerSecond => Cost.Bytes / Time.TotalSeconds;

    /// <summary>Operations per second, of all kinds.</summary>
    public double OperationsPerSecond => Cost.Operations / Time.TotalSeconds;

    /// <summary>The share of the workers' time in which they were at work.</summary>
    public double ShareBusy(int workers) => Busy / (workers * Time);

    /// <summary>The bytes' least time as a share of the time taken.</summary>
    public double ShareOfRead(MachineCeilings c, int threads) => BytesPerSecond / c.Read.At(threads);

    /// <summary>The arithmetic's least time as a share of the time taken.</summary>
    public double ShareOfArithmetic(MachineCeilings c, int threads) =>
        c.ArithmeticSeconds(Cost, threads) / Time.TotalSeconds;

    /// <summary>The share of the roofline.</summary>
    public double ShareOfRoofline(MachineCeilings c, int threads) => Math.Max(ShareOfRead(c, threads), ShareOfArithmetic(c, threads));

    /// <summary>The bound that is nearer: <c>memory</c>, <c>int8</c>, <c>bf16</c> or <c>float32</c>.</summary>
    public string Bound(MachineCeilings c, int threads) =>
        ShareOfRead(c, threads) >= ShareOfArithmetic(c, threads) ? "memory" : c.SlowestArithmetic(Cost, threads);
}

/// <summary>Time outside of operations.</summary>
/// <param name="Name">What it was spent with.</param>
/// <param name="Time">How long.</param>
internal sealed record ProfileGap(string Name, TimeSpan Time);

/// <summary>A block of the model, or what lies before and behind the blocks.</summary>
/// <param name="Name">For example <c>block 3</c>.</param>
/// <param name="Operations">Its operations in order.</param>
internal sealed record ProfileBlock(string Name, IReadOnlyList<ProfileRow> Operations)
{
    /// <summary>How long all of them took.</summary>
    public TimeSpan Time => new(Operations.Sum(o => o.Time.Ticks));
}
