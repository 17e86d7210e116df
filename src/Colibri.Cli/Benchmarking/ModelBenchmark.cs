using System.Diagnostics;
using Colibri.Execution;
using Colibri.Execution.Profiling;
using Colibri.Generation;
using Colibri.Hardware;

namespace Colibri.Cli.Benchmarking;

/// <summary>What is measured of a model.</summary>
/// <param name="Prompt">Tokens of a prompt.</param>
/// <param name="Generate">Tokens to generate.</param>
/// <param name="Length">Tokens a sequence holds before it generates, at least 1.</param>
/// <param name="Batch">Sequences that decode together, besides one alone; 1 for none.</param>
/// <param name="Repeats">How often each.</param>
/// <param name="Profile">Whether to find out where the time goes.</param>
internal sealed record BenchmarkSettings(int Prompt, int Generate, int Length, int Batch, int Repeats, bool Profile)
{
    /// <summary>The options a model is loaded with for this.</summary>
    public LoadOptions Apply(LoadOptions options) => options with
    {
        ContextLength = Math.Max(Prompt, Length + Generate) + 1,
        MaximumSequences = Batch + 1,
        BatchTokens = Math.Max(options.BatchTokens, Batch),
    };
}

/// <summary>What a benchmark of a model found.</summary>
internal sealed record ModelBenchmarkResult
{
    /// <summary>Until the model could run.</summary>
    public required TimeSpan Load { get; init; }

    /// <summary>From the start of loading to the first token behind the first prompt.</summary>
    public required TimeSpan FirstToken { get; init; }

    /// <summary>The prompt, generation, and where it was asked for generation in many sequences.</summary>
    public required IReadOnlyList<PhaseResult> Phases { get; init; }

    /// <summary>The process's high-water mark after all repeats.</summary>
    public required long PeakBytes { get; init; }

    /// <summary>Bytes that the forecast said.</summary>
    public required long ForecastBytes { get; init; }

    /// <summary>The phase of one sequence that generates.</summary>
    public PhaseResult Generate => Phases[1];
}

/// <summary>A loaded model whose speed is measured, one repeat at a time, so that several can take turns.</summary>
internal sealed class ModelBenchmark : IDisposable
{
    private readonly TextModel _model;
    private readonly BenchmarkSettings _settings;
    private readonly int[] _ids;
    private readonly List<KvSequence> _sequences = [];
    private readonly List<Sample> _prompts = [];
    private readonly List<Sample> _generations = [];
    private readonly List<Sample> _batches = [];
    private TimeSpan _load;
    private TimeSpan _firstToken;

    private ModelBenchmark(TextModel model, BenchmarkSettings settings)
    {
        _model = model;
        _settings = settings;
        var random = new Random(1);
        _ids = [.. Enumerable.Range(0, Math.Max(settings.Prompt, settings.Length)).Select(_ => random.Next(model.Shape.Vocabulary))];
    }

    /// <summary>The model.</summary>
    public TextModel Model => _model;

    /// <summary>Loads a model and runs each phase once, which warms it up.</summary>
    /// <param name="load">Loads it; the clock starts before.</param>
    /// <param name="settings">What is measured.</param>
    /// <param name="cancellation">Ends the work.</param>
    public static async Task<ModelBenchmark> StartAsync(Func<TextModel> load, BenchmarkSettings settings, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var benchmark = new ModelBenchmark(load(), settings) { _load = clock.Elapsed };
        try
        {
            await benchmark.PromptAsync(cancellation).ConfigureAwait(false);
            benchmark._firstToken = clock.Elapsed;
            await benchmark.FillAsync(cancellation).ConfigureAwait(false);
            await benchmark.GenerateAsync(1, Math.Min(settings.Generate, 4), cancellation).ConfigureAwait(false);
            if (settings.Batch > 1)
            {
                await benchmark.GenerateAsync(settings.Batch, Math.Min(settings.Generate, 4), cancellation).ConfigureAwait(false);
            }

            return benchmark;
        }
        catch
        {
            benchmark.Dispose();
            throw;
        }
    }

    /// <summary>Measures each phase once.</summary>
    public async Task RepeatAsync(CancellationToken cancellation)
    {
        _prompts.Add(await PromptAsync(cancellation).ConfigureAwait(false));
        _generations.Add(await GenerateAsync(1, _settings.Generate, cancellation).ConfigureAwait(false));
        if (_settings.Batch > 1)
        {
            _batches.Add(await GenerateAsync(_settings.Batch, _settings.Generate, cancellation).ConfigureAwait(false));
        }
    }

    /// <summary>What the repeats found.</summary>
    public ModelBenchmarkResult Result()
    {
        var s = _settings;
        var tokenizing = s.Profile ? Tokenizing() : null;
        List<PhaseResult> phases =
        [
            Phase("prompt", _prompts, 1, s.Prompt, Cost(s.Prompt, 0, _model.Engine.BatchTokens, 1), tokenizing),
            Phase("generate", _generations, 1, s.Generate, Cost(s.Generate, s.Length, 1, 1), null),
        ];
        if (s.Batch > 1)
        {
            phases.Add(Phase("batch", _batches, s.Batch, s.Batch * s.Generate, Cost(s.Generate, s.Length, 1, s.Batch), null));
        }

        return new ModelBenchmarkResult
        {
            Load = _load,
            FirstToken = _firstToken,
            Phases = phases,
            PeakBytes = ProcessMemory.PeakBytes(),
            ForecastBytes = _model.Forecast.Total + (s.Batch > 1 ? s.Batch * _model.Forecast.KeyValues : 0),
        };
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _sequences.ForEach(s => s.Dispose());
        _model.Dispose();
    }

    private static PhaseResult Phase(string name, List<Sample> samples, int sequences, int tokens, StepCost cost, TimeSpan? tokenizing)
    {
        var median = samples.OrderBy(s => s.Seconds).ElementAt((samples.Count - 1) / 2);
        return new PhaseResult(
            name, sequences, tokens, [.. samples.Select(s => tokens / s.Seconds)], cost,
            samples.All(s => s.Joules is not null) ? samples.Average(s => s.Joules!.Value) / tokens : null,
            median.Profile is { } run ? new PhaseProfile(run, TimeSpan.FromSeconds(median.Seconds), tokenizing) : null);
    }

    private static SamplingOptions Greedy(int tokens) => SamplingOptions.Greedy with { MaximumTokens = tokens, IgnoreEndOfText = true };

    // A fresh sequence takes the prompt in, up to the choice of the token behind it.
    private Task<Sample> PromptAsync(CancellationToken cancellation) => MeasureAsync(
        new RunProfile(),
        () => [_model.Generate(_ids[.._settings.Prompt], Greedy(1), cancellation)],
        statistics => statistics.PromptTime.TotalSeconds);

    // The first pass brings the token behind which the clock starts.
    private async Task<Sample> GenerateAsync(int sequences, int tokens, CancellationToken cancellation)
    {
        _sequences.ForEach(s => s.Truncate(_settings.Length - 1));
        return await MeasureAsync(
            new RunProfile(skip: 1),
            () => _model.GenerateTogether(_ids[.._settings.Length], Greedy(tokens + 1), _sequences[..sequences], cancellation),
            statistics => statistics.GenerateTime.TotalSeconds).ConfigureAwait(false);
    }

    private async Task<Sample> MeasureAsync(RunProfile profile, Func<TextGeneration[]> start, Func<GenerationStatistics, double> seconds)
    {
        var runner = _model.Engine.Runner;
        runner.Profile = _settings.Profile ? profile : null;
        var meter = EnergyMeter.Start();
        var generations = start();
        foreach (var generation in generations)
        {
            await foreach (var _ in generation.ConfigureAwait(false))
            {
                // Only the clock counts.
            }
        }

        var joules = meter?.Joules();
        runner.Profile = null;

        // All sequences take every step together; the first one's tokens are chosen last, so its times span whole steps.
        return new Sample(seconds(generations[0].Statistics), joules, _settings.Profile ? profile : null);
    }

    // Every sequence gets all but the last of the tokens it holds before it generates.
    private async Task FillAsync(CancellationToken cancellation)
    {
        for (var i = 0; i < Math.Max(1, _settings.Batch); i++)
        {
            var sequence = new KvSequence(_model.Engine.Pool, _settings.Length);
            _sequences.Add(sequence);
            if (_settings.Length > 1)
            {
                await foreach (var _ in _model.Generate(_ids[..(_settings.Length - 1)], Greedy(1), sequence, cancellation).ConfigureAwait(false))
                {
                    // The keys and values are what is wanted.
                }
            }
        }
    }

    /// <summary>Time of tokenizing a text of about as many tokens as the prompt has, or null without a tokenizer.</summary>
    private TimeSpan? Tokenizing()
    {
        if (_model.Tokenizer is not { } tokenizer)
        {
            return null;
        }

        var text = tokenizer.Decode(_ids.AsSpan(0, _settings.Prompt));
        var count = tokenizer.Encode(text).Length;
        var times = new List<TimeSpan>();
        while (times.Count < 3)
        {
            var start = Stopwatch.GetTimestamp();
            tokenizer.Encode(text);
            times.Add(Stopwatch.GetElapsedTime(start));
        }

        return times.Order().ElementAt(1) * ((double)_settings.Prompt / Math.Max(1, count));
    }

    /// <summary>The cost of so many tokens of each sequence from a position on, some at a time.</summary>
    private StepCost Cost(int tokens, int position, int atATime, int sequences)
    {
        var e = _model.Engine;
        var cost = new StepCost();
        for (var done = 0; done < tokens; done += atATime)
        {
            var step = Math.Min(atATime, tokens - done);
            var outputs = done + step == tokens || atATime == 1 ? 1 : 0;
            cost += CostCounter.Count(e.Plan, e.Kernels, e.Cache, step, position + done, outputs, !e.Options.FloatActivations, sequences);
        }

        return cost;
    }

    private sealed record Sample(double Seconds, double? Joules, RunProfile? Profile);
}
