using System.Diagnostics;

namespace Colibri.Execution.Profiling;

/// <summary>When a step ran within its pass. In ticks of <see cref="Stopwatch"/>.</summary>
/// <param name="Start">From the start of the pass.</param>
/// <param name="Elapsed">How long it took.</param>
/// <param name="Busy">How long workers were at work, all of them together: at most their number times the time.</param>
internal readonly record struct StepTime(long Start, long Elapsed, long Busy);

/// <summary>
/// Takes the times of the steps of one pass through the plan. Two readings of the clock a step; nothing is allocated once
/// it is made.
/// </summary>
internal sealed class StepRecorder
{
    private readonly Workers _workers;
    private readonly StepTime[][] _times;
    private long _started;

    /// <summary>Makes a recorder.</summary>
    /// <param name="plan">The steps.</param>
    /// <param name="workers">Who runs them.</param>
    public StepRecorder(CompiledPlan plan, Workers workers)
    {
        Plan = plan;
        _workers = workers;
        _times = [.. plan.Segments.Select(s => new StepTime[s.Count])];
        Labels = [.. plan.Segments.Select(s => s.Select(StepLabel.Of).ToArray())];
    }

    /// <summary>The steps.</summary>
    public CompiledPlan Plan { get; }

    /// <summary>What they are called, by segment and step.</summary>
    public StepLabel[][] Labels { get; }

    /// <summary>Their times in the last pass, by segment and step.</summary>
    public StepTime[][] Times => _times;

    /// <summary>Ticks of the last pass, with what lay between the steps.</summary>
    public long Elapsed { get; private set; }

    /// <summary>Begins a pass.</summary>
    public void Begin()
    {
        foreach (var segment in _times)
        {
            Array.Clear(segment);
        }

        _workers.IsTimed = true;
        _started = Stopwatch.GetTimestamp();
    }

    /// <summary>Runs the steps of a segment.</summary>
    public void Run(int segment, StepContext context)
    {
        var steps = Plan.Segments[segment];
        var times = _times[segment];
        var (clock, busy) = (Stopwatch.GetTimestamp(), _workers.BusyTicks);
        for (var i = 0; i < steps.Count; i++)
        {
            steps[i].Run(context);
            var (now, busyNow) = (Stopwatch.GetTimestamp(), _workers.BusyTicks);
            times[i] = new StepTime(clock - _started, now - clock, busyNow - busy);
            (clock, busy) = (now, busyNow);
        }
    }

    /// <summary>Ends a pass.</summary>
    public void End()
    {
        Elapsed = Stopwatch.GetTimestamp() - _started;
        _workers.IsTimed = false;
    }
}
