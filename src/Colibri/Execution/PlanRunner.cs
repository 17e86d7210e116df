using Colibri.Execution.Profiling;
using Colibri.Kernels;

namespace Colibri.Execution;

/// <summary>Walks a plan with kernels, workers and memory. One step runs at a time; runners are not thread-safe.</summary>
internal abstract unsafe class PlanRunner : IDisposable
{
    private readonly SmallVectors _vectors = new();
    private readonly Arena _arena;
    private bool _disposed;

    private protected PlanRunner(Plan plan, Workers workers, KernelSet kernels, int maximumTokens, CompileOptions options)
    {
        Plan = plan;
        Context = new StepContext(workers, kernels, maximumTokens);
        Compiled = StepCompiler.Compile(plan, Context, _vectors, options);
        _arena = new Arena(Compiled, maximumTokens);
        workers.EnsureScratch(Compiled.ScratchBytes(maximumTokens));
    }

    /// <summary>The plan.</summary>
    public Plan Plan { get; }

    /// <summary>Bytes of activations and decoded vectors.</summary>
    public long MemoryBytes => _arena.Bytes + _vectors.Bytes + (long)Context.Workers.Count * Compiled.ScratchBytes(Context.MaximumTokens);

    /// <summary>What steps share.</summary>
    protected StepContext Context { get; }

    /// <summary>The steps.</summary>
    protected CompiledPlan Compiled { get; }

    /// <summary>Frees the memory.</summary>
    public virtual void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Context.Release();
            _arena.Dispose();
            _vectors.Dispose();
        }
    }

    /// <summary>Checks a batch and begins a step with it.</summary>
    private protected void Begin(PackedBatch batch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (batch.Count > Context.MaximumTokens)
        {
            throw new ArgumentException($"a batch of {batch.Count} tokens is larger than the {Context.MaximumTokens} this runner was made for", nameof(batch));
        }

        CheckLookups(batch);
        foreach (var piece in batch.Pieces)
        {
            if (piece.Sequence is null != Plan.TakesTexts)
            {
                throw new ArgumentException(Plan.TakesTexts
                    ? "this plan keeps no keys and values: texts are added whole, without a sequence"
                    : "this plan keeps keys and values: tokens are added to a sequence", nameof(batch));
            }

            piece.Sequence?.Reserve(piece.Sequence.Length + piece.Length);
        }

        Context.Begin(batch);
    }

    /// <summary>Takes the times of the steps while it is set.</summary>
    private protected StepRecorder? Recorder { get; set; }

    /// <summary>Runs the steps of one segment.</summary>
    private protected void RunSegment(int segment)
    {
        if (Recorder is { } recorder)
        {
            recorder.Run(segment, Context);
            return;
        }

        // By index: an enumerator behind an interface would be allocated for every segment of every step.
        var steps = Compiled.Segments[segment];
        for (var i = 0; i < steps.Count; i++)
        {
            steps[i].Run(Context);
        }
    }

    /// <summary>Gives the logits their place.</summary>
    private protected void PlaceLogits(float* logits) => Compiled.Carries[^1].PlaceOutside(logits);

    private void CheckLookups(PackedBatch batch)
    {
        var operations = Plan.Segments[0];
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is not LookupOperation lookup)
            {
                continue;
            }

            foreach (var index in lookup.By == LookupBy.Token ? batch.Tokens : batch.Positions)
            {
                if ((uint)index >= (uint)lookup.Table.Rows)
                {
                    throw new InputException(lookup.By == LookupBy.Token
                        ? $"Token {index} is outside the vocabulary of {lookup.Table.Rows} ({lookup.Table.Name})."
                        : $"Position {index} is beyond the {lookup.Table.Rows} positions this model has ({lookup.Table.Name}).");
                }
            }
        }
    }
}
