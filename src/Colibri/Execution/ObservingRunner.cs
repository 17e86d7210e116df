using Colibri.Execution.Steps;
using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Attention;

namespace Colibri.Execution;

/// <summary>Is shown what goes into a linear layer.</summary>
/// <param name="weight">The layer's weights.</param>
/// <param name="input">Rows of inputs, float32.</param>
/// <param name="stride">Values from one row to the next; the first <see cref="Weight.Columns"/> of each count.</param>
/// <param name="rows">How many rows.</param>
internal delegate void LinearObserver(Weight weight, ReadOnlySpan<float> input, int stride, int rows);

/// <summary>
/// Takes one block at a time over all samples, in float32 and unfused, and shows each linear layer's input to an observer:
/// what calibration and quality measurement are made of. Only the hidden states of the samples and one layer's keys and
/// values are kept, whatever the depth of the model.
/// </summary>
internal sealed unsafe class ObservingRunner : PlanRunner
{
    private readonly PackedBatch _batch = new();
    private readonly KvPool _pool;
    private LinearObserver? _observer;

    /// <summary>Makes a runner.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="workers">Threads.</param>
    /// <param name="kernels">What computes.</param>
    /// <param name="maximumTokens">Most tokens of a sample.</param>
    /// <param name="cache">Layout of the model's cache; one layer of it is used.</param>
    public ObservingRunner(Plan plan, Workers workers, KernelSet kernels, int maximumTokens, KvLayout cache)
        : base(plan, workers, kernels, maximumTokens, new CompileOptions(false, false, true))
    {
        var layout = new KvLayout(1, cache.Heads, cache.HeadSize, TensorFormat.Parse("F32"));
        _pool = new KvPool(layout, (maximumTokens + KvLayout.PagePositions - 1) / KvLayout.PagePositions);
        foreach (var step in Compiled.Segments.SelectMany(s => s).OfType<LinearStep>())
        {
            step.Before = (context, linear) => Show(context, linear);
        }
    }

    /// <summary>Runs one segment over all samples.</summary>
    /// <param name="segment">0 the embedding, then the blocks, last the head.</param>
    /// <param name="samples">Token ids of each sample.</param>
    /// <param name="carries">Hidden states [tokens, width] of each sample: read (but by the embedding) and replaced.</param>
    /// <param name="observer">Shown every linear layer's input, or null.</param>
    /// <param name="cancellation">Looked at before each sample.</param>
    public void RunSegment(int segment, IReadOnlyList<int[]> samples, float[][] carries, LinearObserver? observer, CancellationToken cancellation = default)
    {
        _observer = observer;
        for (var i = 0; i < samples.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            using var sequence = Plan.TakesTexts ? null : new KvSequence(_pool, samples[i].Length);
            _batch.Clear();
            if (sequence is null)
            {
                _batch.Add(samples[i], OutputRows.All);
            }
            else
            {
                _batch.Add(sequence, samples[i], OutputRows.All);
            }

            Begin(_batch);
            if (segment > 0)
            {
                Enter(Compiled.Carries[segment - 1], carries[i]);
            }

            var result = Compiled.Carries[segment];
            if (carries[i] is null || carries[i].Length != samples[i].Length * result.Value.Width)
            {
                carries[i] = new float[samples[i].Length * result.Value.Width];
            }

            if (segment == Plan.Segments.Count - 1)
            {
                fixed (float* logits = carries[i])
                {
                    PlaceLogits(logits);
                    RunSegment(segment);
                }

                continue;
            }

            RunSegment(segment);
            Leave(result, carries[i]);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        _pool.Dispose();
    }

    private static void Enter(ValueBuffer buffer, float[] carry)
    {
        var width = buffer.Value.Width;
        for (var row = 0; row * width < carry.Length; row++)
        {
            carry.AsSpan(row * width, width).CopyTo(new Span<float>(buffer.Row(row), width));
        }
    }

    private static void Leave(ValueBuffer buffer, float[] carry)
    {
        var width = buffer.Value.Width;
        for (var row = 0; row * width < carry.Length; row++)
        {
            new ReadOnlySpan<float>(buffer.Row(row), width).CopyTo(carry.AsSpan(row * width, width));
        }
    }

    private void Show(StepContext context, LinearStep step)
    {
        if (_observer is null)
        {
            return;
        }

        var rows = context.Rows(step.Input.Value.Rows);
        foreach (var weight in step.Weights)
        {
            _observer(weight, new ReadOnlySpan<float>(step.Input.Row(0), rows * step.Input.Stride), step.Input.Stride, rows);
        }
    }
}
