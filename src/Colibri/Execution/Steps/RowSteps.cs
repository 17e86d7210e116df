using Colibri.Formats;
using Colibri.Kernels.Activation;

namespace Colibri.Execution.Steps;

/// <summary>Rows of a table, by token or by position.</summary>
internal sealed unsafe class LookupStep(Weight table, LookupBy by, ValueBuffer result) : RowStep(result)
{
    public override string Name => "lookup";

    public override IEnumerable<ValueBuffer> Reads => [];

    protected override void Row(StepContext context, int row)
    {
        var index = by == LookupBy.Token ? context.Batch.Tokens[row] : context.Batch.Positions[row];
        table.DecodeRow(index, new Span<float>(Result.Row(row), Result.Stride));
    }
}

/// <summary>Normalisation.</summary>
internal sealed unsafe class NormStep(ValueBuffer input, NormSpec spec, SmallVectors vectors, ValueBuffer result) : RowStep(result)
{
    private readonly float* _weight = vectors.Of(spec.Weight);
    private readonly float* _bias = spec.Bias is null ? null : vectors.Of(spec.Bias);

    public override string Name => "norm";

    public override IEnumerable<ValueBuffer> Reads => [input];

    protected override void Row(StepContext context, int row)
    {
        if (spec.SubtractMean)
        {
            context.Kernels.Norm.Layer(input.Row(row), _weight, _bias, spec.Epsilon, Result.Row(row), Result.Value.Width);
        }
        else
        {
            context.Kernels.Norm.RootMeanSquare(input.Row(row), _weight, spec.Epsilon, Result.Row(row), Result.Value.Width);
        }
    }
}

/// <summary>An activation function.</summary>
internal sealed unsafe class ActivateStep(ValueBuffer input, ActivationFunction function, ValueBuffer result) : RowStep(result)
{
    public override string Name => "activate";

    public override IEnumerable<ValueBuffer> Reads => [input];

    protected override void Row(StepContext context, int row) =>
        context.Kernels.Activation.Activate(input.Row(row), Result.Row(row), Result.Value.Width, function);
}

/// <summary>A gated activation function.</summary>
internal sealed unsafe class GateStep(ValueBuffer gate, ValueBuffer input, ActivationFunction function, ValueBuffer result) : RowStep(result)
{
    public override string Name => "gate";

    public override IEnumerable<ValueBuffer> Reads => [gate, input];

    protected override void Row(StepContext context, int row) =>
        context.Kernels.Activation.Gate(gate.Row(row), input.Row(row), Result.Row(row), Result.Value.Width, function);
}

/// <summary>A sum.</summary>
internal sealed unsafe class AddStep(ValueBuffer a, ValueBuffer b, ValueBuffer result) : RowStep(result)
{
    public override string Name => "add";

    public override IEnumerable<ValueBuffer> Reads => [a, b];

    protected override void Row(StepContext context, int row) =>
        context.Kernels.Activation.Add(a.Row(row), b.Row(row), Result.Row(row), Result.Value.Width);
}

/// <summary>The rows whose output is asked for.</summary>
internal sealed unsafe class SelectStep(ValueBuffer input, ValueBuffer result) : RowStep(result)
{
    public override string Name => "select";

    public override IEnumerable<ValueBuffer> Reads => [input];

    protected override void Row(StepContext context, int row)
    {
        var width = Result.Value.Width;
        new ReadOnlySpan<float>(input.Row(context.Batch.OutputRows[row]), width).CopyTo(new Span<float>(Result.Row(row), width));
    }
}
