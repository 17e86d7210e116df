using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Activation;
using Colibri.Kernels.MatMul;

namespace Colibri.Execution.Steps;

/// <summary>
/// A linear layer and the activation function behind it, or two that are gated. Each worker activates the outputs it has just
/// computed, and rounds them for the next product, while they are near: what lies between never goes through memory or to another
/// core, and the workers meet once instead of twice.
/// </summary>
internal sealed unsafe class ActivatedLinearStep : Step
{
    /// <summary>Values between layer and function that are kept at a time: one layer's take 1 MiB, which stays in the caches.</summary>
    private const int ValuesTogether = 1 << 18;

    /// <summary>The fewest outputs that are taken together, however many rows there are.</summary>
    private const int FewestOutputs = 128;

    /// <summary>Rows of values begin so many bytes more than a power of two apart, so that they do not share sets of the caches.</summary>
    private const int Gap = 16;

    private readonly ValueBuffer _input;
    private readonly Layer[] _layers;
    private readonly ActivationFunction _function;
    private readonly ValueBuffer _result;
    private readonly int _outputs;
    private readonly int _kernelScratch;
    private readonly KeptActivations _kept = new();
    private readonly Job _job = new();

    /// <summary>Makes the step.</summary>
    /// <param name="input">What the layers read.</param>
    /// <param name="layers">The layer; or first the one that goes through the function, then the one that is gated.</param>
    /// <param name="function">The function.</param>
    /// <param name="result">Where activated values go; see <see cref="ValueBuffer.FinishesInParts"/>.</param>
    /// <param name="kernels">What computes.</param>
    /// <param name="allowInt8">Whether integer weight formats take 8-bit activations.</param>
    /// <param name="vectors">Keeps biases.</param>
    public ActivatedLinearStep(
        ValueBuffer input, IReadOnlyList<LinearOperation> layers, ActivationFunction function, ValueBuffer result, KernelSet kernels, bool allowInt8, SmallVectors vectors)
    {
        _input = input;
        _layers = [.. layers.Select(l => new Layer(l.Weight, kernels.MatMul(l.Weight.Format, allowInt8), l.Bias is null ? null : vectors.Of(l.Bias)))];
        _function = function;
        _result = result;
        _outputs = result.Value.Width;
        _kernelScratch = (_layers.Max(l => l.Kernel.ScratchBytes) + 63) / 64 * 64;
    }

    /// <inheritdoc/>
    public override string Name => _layers.Length == 1 ? "linear, activate" : "linear, gate";

    /// <inheritdoc/>
    public override IEnumerable<ValueBuffer> Reads => [_input];

    /// <inheritdoc/>
    public override IEnumerable<ValueBuffer> Writes => [_result];

    /// <inheritdoc/>
    public override int ScratchBytes(int rows)
    {
        var values = Math.Min((long)rows * Outputs32, Math.Max(ValuesTogether, (long)rows * FewestOutputs)) + (long)rows * Gap;
        return checked((int)(_kernelScratch + _layers.Length * values * sizeof(float)));
    }

    /// <inheritdoc/>
    public override void Run(StepContext context)
    {
        _job.Step = this;
        _job.Context = context;
        _job.Rows = context.Rows(_input.Value.Rows);
        if (_job.Rows > 0)
        {
            // Smaller shares than in a linear layer would cost more in calls for each row than they even out.
            var pairs = MatMulKernel.Pairs(_layers[0].Weight);
            _kept.Clear(context.Workers.Count);
            context.Workers.Run(_job, pairs, Math.Max(FewestOutputs / (2 * MatMulKernel.Panel), pairs / (16 * context.Workers.Count)));
        }
    }

    private int Outputs32 => (_outputs + 31) / 32 * 32;

    // Outputs that are taken together with so many rows.
    private int Together(int rows) => Math.Min(Outputs32, Math.Max(FewestOutputs, ValuesTogether / rows / 32 * 32));

    private int Apart(int rows) => Together(rows) + Gap;

    // Some pairs of panels: 32 outputs each, which share a scale in the rounded form.
    private void Run(StepContext context, int worker, int first, int last, int rows)
    {
        var scratch = context.Workers.Scratch(worker);
        var between = (float*)(scratch + _kernelScratch);
        var (together, apart) = (Together(rows), Apart(rows));
        var end = Math.Min(last * 2 * MatMulKernel.Panel, _outputs);
        for (var output = first * 2 * MatMulKernel.Panel; output < end; output += together)
        {
            var count = Math.Min(together, end - output);
            for (var i = 0; i < _layers.Length; i++)
            {
                var layer = _layers[i];
                var destination = new Destination(between + (nint)i * rows * apart - output, apart, layer.Bias, null, 0);
                layer.Kernel.Run(
                    layer.Weight, output / MatMulKernel.Panel, (output + count + MatMulKernel.Panel - 1) / MatMulKernel.Panel,
                    _input.Activations, rows, destination, scratch, _kept.Holds(worker, layer.Kernel));
            }

            for (var row = 0; row < rows; row++)
            {
                var x = between + (nint)row * apart;
                var y = _result.Row(row) + output;
                if (_layers.Length == 1)
                {
                    context.Kernels.Activation.Activate(x, y, count, _function);
                }
                else
                {
                    context.Kernels.Activation.Gate(x, x + (nint)rows * apart, y, count, _function);
                }

                _result.Finish(context.Kernels, row, output, count);
            }
        }
    }

    private readonly struct Layer(Weight weight, MatMulKernel kernel, float* bias)
    {
        public readonly Weight Weight = weight;
        public readonly MatMulKernel Kernel = kernel;
        public readonly float* Bias = bias;
    }

    private sealed class Job : WorkerJob
    {
        public ActivatedLinearStep Step { get; set; } = null!;

        public StepContext Context { get; set; } = null!;

        public int Rows { get; set; }

        public override void Run(int worker, int first, int last) => Step.Run(Context, worker, first, last, Rows);
    }
}
