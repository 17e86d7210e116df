namespace Colibri.Execution.Steps;

/// <summary>One thing a runner does: an operation of the plan, or several that were fused.</summary>
internal abstract class Step
{
    /// <summary>A name for profiles.</summary>
    public abstract string Name { get; }

    /// <summary>What of the plan it does; set by the compiler.</summary>
    public IReadOnlyList<PlanOperation> Operations { get; set; } = [];

    /// <summary>Buffers it reads.</summary>
    public abstract IEnumerable<ValueBuffer> Reads { get; }

    /// <summary>Buffers it writes.</summary>
    public abstract IEnumerable<ValueBuffer> Writes { get; }

    /// <summary>Bytes of scratch that each worker needs.</summary>
    /// <param name="rows">Most rows of a batch.</param>
    public virtual int ScratchBytes(int rows) => 0;

    /// <summary>Does it.</summary>
    public abstract void Run(StepContext context);
}

/// <summary>A step that computes each row by itself, and brings the row into its 8-bit form while it is warm.</summary>
internal abstract class RowStep(ValueBuffer result) : Step
{
    private readonly Job _job = new();

    /// <summary>What the step computes.</summary>
    protected ValueBuffer Result => result;

    public override IEnumerable<ValueBuffer> Writes => [result];

    public override void Run(StepContext context)
    {
        _job.Step = this;
        _job.Context = context;
        var rows = context.Rows(result.Value.Rows);
        context.Workers.Run(_job, rows, Math.Max(1, rows / (4 * context.Workers.Count)));
    }

    /// <summary>Computes one row.</summary>
    protected abstract void Row(StepContext context, int row);

    private sealed class Job : WorkerJob
    {
        public RowStep Step { get; set; } = null!;

        public StepContext Context { get; set; } = null!;

        public override void Run(int worker, int first, int last)
        {
            for (var row = first; row < last; row++)
            {
                Step.Row(Context, row);
                Step.Result.Finish(Context.Kernels, row);
            }
        }
    }
}
