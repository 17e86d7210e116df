using System.Diagnostics;
using Colibri.Kernels;

namespace Colibri.Execution.Profiling;

/// <summary>
/// Where the time of many passes went: each step's time, its workers' time and what it had to compute and read, and the
/// time between and outside of the steps. Attach one to <see cref="InferenceRunner.Profile"/> while passes run.
/// </summary>
internal sealed class RunProfile
{
    private readonly int _skip;
    private StepLabel[][] _labels = [];
    private Totals[][] _totals = [];
    private int _seen;
    private long _passTicks;
    private long _samplingTicks;
    private long _textTicks;

    /// <summary>Begins a profile.</summary>
    /// <param name="skip">First passes that do not count.</param>
    public RunProfile(int skip = 0) => _skip = skip;

    /// <summary>Passes through the plan that were counted.</summary>
    public int Passes => Math.Max(0, _seen - _skip);

    /// <summary>Workers that ran the steps.</summary>
    public int Workers { get; private set; }

    /// <summary>Time within passes, steps and what lies between them.</summary>
    public TimeSpan PassTime => Span(_passTicks);

    /// <summary>Time of choosing tokens.</summary>
    public TimeSpan SamplingTime => Span(_samplingTicks);

    /// <summary>Time of turning tokens into text.</summary>
    public TimeSpan TextTime => Span(_textTicks);

    /// <summary>The steps with their sums, in the order in which they run.</summary>
    public IEnumerable<ProfiledStep> Steps =>
        from segment in Enumerable.Range(0, _totals.Length)
        from step in Enumerable.Range(0, _totals[segment].Length)
        let t = _totals[segment][step]
        select new ProfiledStep(segment, _labels[segment][step], Passes, Span(t.Elapsed), Span(t.Busy), t.Cost);

    /// <summary>Adds a pass that has just been recorded, before the sequences have grown by it.</summary>
    /// <param name="recorder">Its times.</param>
    /// <param name="kernels">Decides which products are integer ones.</param>
    /// <param name="batch">Its tokens.</param>
    /// <param name="allowInt8">Whether activations may be quantized.</param>
    /// <param name="workers">How many workers ran it.</param>
    public void Add(StepRecorder recorder, KernelSet kernels, PackedBatch batch, bool allowInt8, int workers)
    {
        if (++_seen <= _skip)
        {
            return;
        }

        if (_totals.Length == 0)
        {
            _labels = recorder.Labels;
            _totals = [.. recorder.Times.Select(s => new Totals[s.Length])];
            Workers = workers;
        }

        _passTicks += recorder.Elapsed;
        for (var segment = 0; segment < _totals.Length; segment++)
        {
            var steps = recorder.Plan.Segments[segment];
            for (var step = 0; step < steps.Count; step++)
            {
                ref var total = ref _totals[segment][step];
                var time = recorder.Times[segment][step];
                total.Elapsed += time.Elapsed;
                total.Busy += time.Busy;
                total.Cost += CostCounter.Count(steps[step].Operations, kernels, batch, allowInt8);
            }
        }
    }

    /// <summary>Adds what choosing a token and turning it into text took; ticks of <see cref="Stopwatch"/>.</summary>
    public void AddToken(long sampling, long text)
    {
        if (Passes > 0)
        {
            _samplingTicks += sampling;
            _textTicks += text;
        }
    }

    private static TimeSpan Span(long ticks) => Stopwatch.GetElapsedTime(0, ticks);

    private struct Totals
    {
        public long Elapsed;
        public long Busy;
        public StepCost Cost;
    }
}

/// <summary>A step's sums over the passes of a profile.</summary>
/// <param name="Segment">0 the embedding, then the blocks, last the head.</param>
/// <param name="Label">What it is.</param>
/// <param name="Calls">How often it ran.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Busy">How long workers were at work, all of them together.</param>
/// <param name="Cost">What it had to compute and read at least.</param>
internal sealed record ProfiledStep(int Segment, StepLabel Label, int Calls, TimeSpan Time, TimeSpan Busy, StepCost Cost);
