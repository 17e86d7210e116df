using Colibri.Execution.Profiling;
using Colibri.Kernels;

namespace Colibri.Execution;

/// <summary>Told before and after each block, so that weights can be read ahead and released behind.</summary>
internal interface IBlockObserver
{
    /// <summary>A segment is about to run: 0 the embedding, then the blocks, last the head.</summary>
    void Before(int segment);

    /// <summary>A segment has run.</summary>
    void After(int segment);
}

/// <summary>Runs whole steps: packed batches in, logits out, nothing allocated.</summary>
internal sealed unsafe class InferenceRunner : PlanRunner
{
    private readonly IBlockObserver? _observer;
    private readonly bool _allowInt8;
    private StepRecorder? _recorder;

    /// <summary>Makes a runner.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="workers">Threads; may be shared with other runners that run at other times.</param>
    /// <param name="kernels">What computes.</param>
    /// <param name="maximumTokens">Most tokens of a batch.</param>
    /// <param name="observer">Told about each block, or null.</param>
    /// <param name="allowInt8">Whether integer weight formats take 8-bit activations; false keeps them float32.</param>
    public InferenceRunner(Plan plan, Workers workers, KernelSet kernels, int maximumTokens, IBlockObserver? observer = null, bool allowInt8 = true)
        : base(plan, workers, kernels, maximumTokens, new CompileOptions(true, allowInt8, false))
    {
        _observer = observer;
        _allowInt8 = allowInt8;
    }

    /// <summary>Gets the times of all passes while it is set; null costs nothing.</summary>
    public RunProfile? Profile { get; set; }

    /// <summary>Bytes of activations and scratch that a runner would take.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="kernels">What would compute.</param>
    /// <param name="maximumTokens">Most tokens of a batch.</param>
    /// <param name="threads">How many threads.</param>
    /// <param name="allowInt8">Whether integer weight formats would take 8-bit activations.</param>
    public static long Measure(Plan plan, KernelSet kernels, int maximumTokens, int threads, bool allowInt8)
    {
        using var workers = new Workers(1);
        using var vectors = new SmallVectors();
        var context = new StepContext(workers, kernels, maximumTokens);
        try
        {
            var compiled = StepCompiler.Compile(plan, context, vectors, new CompileOptions(true, allowInt8, false));
            return Arena.Measure(compiled, maximumTokens) + vectors.Bytes + (long)threads * compiled.ScratchBytes(maximumTokens);
        }
        finally
        {
            context.Release();
        }
    }

    /// <summary>Runs a step. The sequences of the batch grow by their tokens; where it is cancelled or fails they do not.</summary>
    /// <param name="batch">Tokens of one or many sequences.</param>
    /// <param name="logits">Receives [outputs, vocabulary].</param>
    /// <param name="cancellation">Looked at before each block.</param>
    /// <exception cref="InputException">A token is outside the vocabulary, or the cache is full.</exception>
    public void Step(PackedBatch batch, Span<float> logits, CancellationToken cancellation = default)
    {
        var needed = (long)batch.OutputCount * Plan.Logits.Width;
        if (logits.Length < needed)
        {
            throw new ArgumentException($"room for {needed} logits is needed, {logits.Length} is given", nameof(logits));
        }

        var profile = Profile;
        var events = ExecutionEvents.Log.IsEnabled();
        if (profile is not null || events)
        {
            StepRecorded(batch, logits, profile, events, cancellation);
        }
        else
        {
            Pass(batch, logits, cancellation);
        }

        foreach (var piece in batch.Pieces)
        {
            piece.Sequence?.Advance(piece.Length);
        }
    }

    private void Pass(PackedBatch batch, Span<float> logits, CancellationToken cancellation)
    {
        Begin(batch);
        fixed (float* target = logits)
        {
            PlaceLogits(target);
            for (var segment = 0; segment < Plan.Segments.Count; segment++)
            {
                cancellation.ThrowIfCancellationRequested();
                _observer?.Before(segment);
                RunSegment(segment);
                _observer?.After(segment);
            }
        }
    }

    private void StepRecorded(PackedBatch batch, Span<float> logits, RunProfile? profile, bool events, CancellationToken cancellation)
    {
        var recorder = _recorder ??= new StepRecorder(Compiled, Context.Workers);
        if (events)
        {
            ExecutionEvents.Log.PassStart(batch.Count, batch.OutputCount, batch.Pieces.Length);
        }

        Recorder = recorder;
        recorder.Begin();
        try
        {
            Pass(batch, logits, cancellation);
        }
        finally
        {
            recorder.End();
            Recorder = null;
        }

        profile?.Add(recorder, Context.Kernels, batch, _allowInt8, Context.Workers.Count);
        if (events)
        {
            Report(recorder, batch);
        }
    }

    // By itself, since what it captures would be allocated for every pass that is only profiled.
    private void Report(StepRecorder recorder, PackedBatch batch) =>
        ExecutionEvents.Log.Report(recorder, operations => CostCounter.Count(operations, Context.Kernels, batch, _allowInt8));
}
