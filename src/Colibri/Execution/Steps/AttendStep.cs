using Colibri.Formats;
using Colibri.Kernels.Attention;

namespace Colibri.Execution.Steps;

/// <summary>
/// Attention: turns queries and keys, stores keys and values of the batch where it is causal, then attends. Queries and keys
/// are turned in place, since nothing else reads them.
/// </summary>
internal sealed unsafe class AttendStep(ValueBuffer q, ValueBuffer k, ValueBuffer v, AttentionSpec spec, int layer, ValueBuffer result, RotaryTable? rotary) : Step
{
    // Of a text the rows of the batch are read as they lie; the layout only says the size of a head.
    private readonly KvLayout _rows = new(1, spec.KeyValueHeads, spec.HeadSize, TensorFormat.Parse("F32"));
    private readonly StoreJob _store = new();
    private readonly AttendJob _attend = new();
    private readonly FinishJob _finish = new();

    public override string Name => "attention";

    public override IEnumerable<ValueBuffer> Reads => [q, k, v];

    public override IEnumerable<ValueBuffer> Writes => [result];

    public override int ScratchBytes(int rows) => AttentionKernel.ScratchBytes(Group, spec.HeadSize);

    private int Group => spec.Heads / spec.KeyValueHeads;

    public override void Run(StepContext context)
    {
        var rows = context.Batch.Count;
        if (spec.Causal || rotary is not null)
        {
            _store.Set(this, context);
            context.Workers.Run(_store, rows, Math.Max(1, rows / (4 * context.Workers.Count)));
        }

        _attend.Set(this, context);
        context.Workers.Run(_attend, context.Pieces.Count * spec.KeyValueHeads);
        if (result.Quantized)
        {
            _finish.Set(this, context);
            context.Workers.Run(_finish, rows, Math.Max(1, rows / (4 * context.Workers.Count)));
        }
    }

    private abstract class Job : WorkerJob
    {
        protected AttendStep Step { get; private set; } = null!;

        protected StepContext Context { get; private set; } = null!;

        public void Set(AttendStep step, StepContext context)
        {
            Step = step;
            Context = context;
        }
    }

    private sealed class StoreJob : Job
    {
        public override void Run(int worker, int first, int last)
        {
            foreach (var piece in Context.Batch.Pieces)
            {
                for (var row = Math.Max(first, piece.Start); row < Math.Min(last, piece.Start + piece.Length); row++)
                {
                    Store(piece.Sequence, row);
                }
            }
        }

        private void Store(KvSequence? sequence, int row)
        {
            var (queries, keys) = (Step.Queries(row), Step.Keys(row));
            Step.Turn(Context, row, (float*)queries, (float*)keys);
            if (sequence is null)
            {
                return;
            }

            var position = Context.Batch.Positions[row];
            sequence.Layout.Store(sequence.Pages[position / KvLayout.PagePositions], Step.Layer, position % KvLayout.PagePositions, (float*)keys, (float*)Step.Values(row));
        }
    }

    private sealed class AttendJob : Job
    {
        public override void Run(int worker, int first, int last)
        {
            for (var i = first; i < last; i++)
            {
                Step.Attend(Context, worker, i, i + 1 < last);
            }
        }
    }

    private sealed class FinishJob : Job
    {
        public override void Run(int worker, int first, int last)
        {
            for (var row = first; row < last; row++)
            {
                Step.Finish(Context, row);
            }
        }
    }

    private int Layer => layer;

    private nint Queries(int row) => (nint)q.Row(row);

    private nint Keys(int row) => (nint)k.Row(row);

    private nint Values(int row) => (nint)v.Row(row);

    private void Finish(StepContext context, int row) => result.Finish(context.Kernels, row);

    private void Turn(StepContext context, int row, float* queries, float* keys)
    {
        if (rotary is null)
        {
            return;
        }

        var rotated = spec.Rotary!.Rotated;
        var cosines = rotary.Cosines + (nint)row * rotated;
        var sines = rotary.Sines + (nint)row * rotated;
        context.Kernels.Rotary.Rotate(queries, spec.Heads, spec.HeadSize, rotated, cosines, sines, spec.Rotary.Pairs);
        context.Kernels.Rotary.Rotate(keys, spec.KeyValueHeads, spec.HeadSize, rotated, cosines, sines, spec.Rotary.Pairs);
    }

    // Tasks of a head follow each other, since they read the same keys and values; of a prompt the last tokens come first, since they
    // see most: the short tasks at the end let the workers finish together.
    private static int Head(StepContext context, int index) => index / context.Pieces.Count;

    private static AttendPiece Tokens(StepContext context, int index) => context.Pieces[context.Pieces.Count - 1 - index % context.Pieces.Count];

    private void Attend(StepContext context, int worker, int index, bool more)
    {
        var head = Head(context, index);
        var tokens = Tokens(context, index);
        var firstQuery = head * Group * spec.HeadSize;
        var task = new AttentionTask
        {
            Queries = q.Row(tokens.FirstRow) + firstQuery,
            QueryStride = q.Stride,
            Tokens = tokens.Tokens,
            FirstPosition = context.Batch.Positions[tokens.FirstRow],
            Group = Group,
            Reach = new AttentionReach(spec.Causal ? 0 : tokens.Piece.Length, spec.Window),
            Scale = spec.Scale,
            SoftCap = spec.SoftCap,
            Source = Source(tokens.Piece, head),
            Output = result.Row(tokens.FirstRow) + firstQuery,
            OutputStride = result.Stride,
            Scratch = context.Workers.Scratch(worker),
        };
        if (more)
        {
            var then = Tokens(context, index + 1);
            task.Then = Source(then.Piece, Head(context, index + 1));
            task.ThenPosition = task.Reach.First(context.Batch.Positions[then.FirstRow]);
        }

        context.Kernels.Attention.Attend(task);
    }

    private KvSource Source(in PackedBatch.Piece piece, int head) => piece.Sequence is { } sequence
        ? new KvSource { Layout = sequence.Layout, Pages = sequence.Pages, Layer = layer, Head = head }
        : new KvSource
        {
            Layout = _rows,
            KeyRows = k.Row(piece.Start) + head * spec.HeadSize,
            KeyStride = k.Stride,
            ValueRows = v.Row(piece.Start) + head * spec.HeadSize,
            ValueStride = v.Stride,
        };
}
