using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.MatMul;

namespace Colibri.Execution.Steps;

/// <summary>
/// Linear layers that read the same value: their panels are shared out together, so that queries, keys and values or gate
/// and up cost one meeting of the workers instead of two or three.
/// </summary>
internal sealed unsafe class LinearStep : Step
{
    private readonly ValueBuffer _input;
    private readonly Target[] _targets;
    private readonly int _pairs;
    private readonly KeptActivations _kept = new();
    private readonly Job _job = new();

    public LinearStep(ValueBuffer input, IReadOnlyList<LinearTarget> targets, KernelSet kernels, bool allowInt8, SmallVectors vectors)
    {
        _input = input;
        _targets = new Target[targets.Count];
        for (var i = 0; i < targets.Count; i++)
        {
            var t = targets[i];
            _targets[i] = new Target(t, kernels.MatMul(t.Weight.Format, allowInt8), t.Bias is null ? null : vectors.Of(t.Bias), _pairs);
            _pairs += MatMulKernel.Pairs(t.Weight);
        }
    }

    /// <summary>What runs before the products: shows the input to an observer.</summary>
    public Action<StepContext, LinearStep>? Before { get; set; }

    public override string Name => "linear";

    /// <summary>The value all layers read.</summary>
    public ValueBuffer Input => _input;

    /// <summary>The layers.</summary>
    public IEnumerable<Weight> Weights => _targets.Select(t => t.Layer.Weight);

    public override IEnumerable<ValueBuffer> Reads =>
        _targets.Select(t => t.Layer.Residual).OfType<ValueBuffer>().Prepend(_input);

    public override IEnumerable<ValueBuffer> Writes => _targets.Select(t => t.Layer.Result);

    public override int ScratchBytes(int rows) => _targets.Max(t => t.Kernel.ScratchBytes);

    public override void Run(StepContext context)
    {
        Before?.Invoke(context, this);
        _job.Step = this;
        _job.Context = context;
        _job.Rows = context.Rows(_input.Value.Rows);
        if (_job.Rows > 0)
        {
            // Pairs of panels, which products with many rows take together. Each share of a few rows costs a microsecond before it gets
            // going, a quarter of what a pair takes; one row begins at once, and many take long.
            var shares = _job.Rows is > 1 and <= MatMulKernel.RowsBoundByWeights ? 8 : 64;
            _kept.Clear(context.Workers.Count);
            context.Workers.Run(_job, _pairs, Math.Max(1, _pairs / (shares * context.Workers.Count)));
        }

        // Results that products read rounded next get that form here: they were written panel by panel.
        foreach (var target in _targets)
        {
            if (target.Layer.Result.Quantized)
            {
                for (var row = 0; row < _job.Rows; row++)
                {
                    target.Layer.Result.Finish(context.Kernels, row);
                }
            }
        }
    }

    private readonly struct Target(LinearTarget layer, MatMulKernel kernel, float* bias, int firstPair)
    {
        public readonly LinearTarget Layer = layer;
        public readonly MatMulKernel Kernel = kernel;
        public readonly float* Bias = bias;
        public readonly int FirstPair = firstPair;
    }

    private sealed class Job : WorkerJob
    {
        public LinearStep Step { get; set; } = null!;

        public StepContext Context { get; set; } = null!;

        public int Rows { get; set; }

        public override void Run(int worker, int first, int last)
        {
            foreach (ref readonly var target in Step._targets.AsSpan())
            {
                var from = Math.Max(first - target.FirstPair, 0) * 2;
                var to = Math.Min((last - target.FirstPair) * 2, MatMulKernel.Panels(target.Layer.Weight));
                if (from >= to)
                {
                    continue;
                }

                var residual = target.Layer.Residual;
                var destination = new Destination(
                    target.Layer.Result.Row(0), target.Layer.Result.Stride, target.Bias,
                    residual is null ? null : residual.Row(0), residual?.Stride ?? 0);
                target.Kernel.Run(
                    target.Layer.Weight, from, to, Step._input.Activations, Rows, destination, Context.Workers.Scratch(worker), Step._kept.Holds(worker, target.Kernel));
            }
        }
    }
}

/// <summary>A linear layer with what is added to its product.</summary>
/// <param name="Weight">Weights [outputs, inputs].</param>
/// <param name="Bias">A term per output, or null.</param>
/// <param name="Residual">A value added to the result, or null.</param>
/// <param name="Result">Where results go.</param>
internal sealed record LinearTarget(Weight Weight, Weight? Bias, ValueBuffer? Residual, ValueBuffer Result);
