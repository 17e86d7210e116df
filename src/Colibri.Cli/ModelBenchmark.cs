using System.Diagnostics;
using Colibri.Execution;
using Colibri.Generation;
using Colibri.Hardware;

namespace Colibri.Cli;

/// <summary>How fast one phase of running a model is.</summary>
/// <param name="Tokens">Tokens of one repeat.</param>
/// <param name="Rates">Tokens per second of the repeats, ascending.</param>
/// <param name="Cost">What one repeat must compute and read at least.</param>
/// <param name="JoulesPerToken">Energy of the processor packages, or null where it cannot be read.</param>
internal sealed record PhaseResult(int Tokens, IReadOnlyList<double> Rates, StepCost Cost, double? JoulesPerToken)
{
    /// <summary>Tokens per second, the median of the repeats.</summary>
    public double Median => Rates[Rates.Count / 2];

    /// <summary>Tokens per second, the best of the repeats.</summary>
    public double Best => Rates[^1];

    /// <summary>Seconds of the median repeat.</summary>
    public double Seconds => Tokens / Median;

    /// <summary>The share of the roofline: the least time the machine could take, over the time taken.</summary>
    public double ShareOfRoofline(MachineCeilings c, int threads) =>
        Cost.LeastSeconds(c.Read.At(threads), c.Int8.At(threads), c.Float32.At(threads)) / Seconds;

    /// <summary>Bytes read per second, as a share of the memory's.</summary>
    public double ShareOfRead(MachineCeilings c, int threads) => Cost.Bytes / Seconds / c.Read.At(threads);

    /// <summary>Time the arithmetic would take at its peak, as a share of the time taken.</summary>
    public double ShareOfArithmetic(MachineCeilings c, int threads) =>
        (Cost.IntegerOperations / c.Int8.At(threads) + Cost.FloatOperations / c.Float32.At(threads)) / Seconds;
}

/// <summary>What a benchmark of a model found.</summary>
internal sealed record ModelBenchmarkResult
{
    /// <summary>Until the model could run.</summary>
    public required TimeSpan Load { get; init; }

    /// <summary>From the start of loading to the first token behind the first prompt.</summary>
    public required TimeSpan FirstToken { get; init; }

    /// <summary>Taking prompts in.</summary>
    public required PhaseResult Prompt { get; init; }

    /// <summary>Generating token by token.</summary>
    public required PhaseResult Generate { get; init; }

    /// <summary>The process's high-water mark after all repeats.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>What the forecast said.</summary>
    public required MemoryForecast Forecast { get; init; }
}

/// <summary>Measures how fast a model takes prompts in and how fast it generates.</summary>
internal static class ModelBenchmark
{
    /// <summary>Runs all repeats, after one that warms up.</summary>
    /// <param name="load">Loads the model; the clock starts before it.</param>
    /// <param name="prompt">Tokens of a prompt.</param>
    /// <param name="generate">Tokens to generate.</param>
    /// <param name="repeats">How often each.</param>
    /// <param name="report">Told what is measured, and 0 to 1.</param>
    /// <param name="inspect">Called with the model before it is freed.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task<ModelBenchmarkResult> RunAsync(
        Func<TextModel> load, int prompt, int generate, int repeats, Action<string, double> report, Action<TextModel> inspect, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        using var model = load();
        var loaded = clock.Elapsed;
        var random = new Random(1);
        var ids = Enumerable.Range(0, prompt).Select(_ => random.Next(model.Shape.Vocabulary)).ToArray();

        report("warming up", 0);
        await OnceAsync(model, ids, 1, cancellation).ConfigureAwait(false);
        var firstToken = clock.Elapsed;
        await OnceAsync(model, ids[..1], Math.Min(generate, 4), cancellation).ConfigureAwait(false);

        var prompts = new Phase();
        var generations = new Phase();
        for (var repeat = 0; repeat < repeats; repeat++)
        {
            report($"repeat {repeat + 1} of {repeats}", (double)repeat / repeats);
            await prompts.AddAsync(async () => (await OnceAsync(model, ids, 1, cancellation).ConfigureAwait(false)).PromptTokensPerSecond).ConfigureAwait(false);
            await generations.AddAsync(async () => (await OnceAsync(model, ids[..1], generate + 1, cancellation).ConfigureAwait(false)).GenerateTokensPerSecond).ConfigureAwait(false);
        }

        inspect(model);
        return new ModelBenchmarkResult
        {
            Load = loaded,
            FirstToken = firstToken,
            Prompt = prompts.Result(prompt, Cost(model, prompt, 0, model.Engine.BatchTokens)),
            Generate = generations.Result(generate, Cost(model, generate, 1, 1)),
            PeakBytes = ProcessMemory.PeakBytes(),
            Forecast = model.Forecast,
        };
    }

    private static async Task<GenerationStatistics> OnceAsync(TextModel model, int[] ids, int tokens, CancellationToken cancellation)
    {
        var generation = model.Generate(ids, SamplingOptions.Greedy with { MaximumTokens = tokens, IgnoreEndOfText = true }, cancellation);
        await foreach (var _ in generation.ConfigureAwait(false))
        {
            // Only the clock counts.
        }

        return generation.Statistics;
    }

    /// <summary>The cost of so many tokens from a position on, some at a time.</summary>
    private static StepCost Cost(TextModel model, int tokens, int position, int atATime)
    {
        var e = model.Engine;
        var cost = new StepCost();
        for (var done = 0; done < tokens; done += atATime)
        {
            var step = Math.Min(atATime, tokens - done);
            var outputs = done + step == tokens || atATime == 1 ? 1 : 0;
            cost += CostCounter.Count(e.Plan, e.Kernels, e.Cache, step, position + done, outputs, !e.Options.FloatActivations);
        }

        return cost;
    }

    /// <summary>The repeats of one phase, and the energy they took.</summary>
    private sealed class Phase
    {
        private readonly List<double> _rates = [];
        private double? _joules;

        public async Task AddAsync(Func<Task<double>> rate)
        {
            var meter = EnergyMeter.Start();
            _rates.Add(await rate().ConfigureAwait(false));
            _joules = meter is null ? null : (_joules ?? 0) + meter.Joules();
        }

        public PhaseResult Result(int tokens, StepCost cost) => new(tokens, [.. _rates.Order()], cost, _joules / _rates.Count / tokens);
    }
}
