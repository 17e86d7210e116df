using Colibri.Execution.Steps;
using Colibri.Formats;
using Colibri.Kernels.Activation;

namespace Colibri.Execution;

/// <summary>How a plan is turned into steps.</summary>
/// <param name="Fuse">Whether neighbours are fused.</param>
/// <param name="AllowInt8">Whether integer weight formats take 8-bit activations.</param>
/// <param name="OneLayerCache">Whether every layer uses layer 0 of the cache, because only one runs at a time.</param>
internal sealed record CompileOptions(bool Fuse, bool AllowInt8, bool OneLayerCache);

/// <summary>
/// Turns the operations of a plan into steps on buffers. Fusing joins linear layers that read the same value, takes a
/// following sum into the layer that produces one of its terms, and an activation function or gate into the layers it reads; sums
/// keep their order, so fusing changes no bit.
/// </summary>
internal sealed class StepCompiler
{
    private readonly Plan _plan;
    private readonly StepContext _context;
    private readonly SmallVectors _vectors;
    private readonly CompileOptions _options;
    private readonly Dictionary<int, ValueBuffer> _buffers = [];
    private readonly Dictionary<int, int> _uses = [];

    private StepCompiler(Plan plan, StepContext context, SmallVectors vectors, CompileOptions options)
    {
        _plan = plan;
        _context = context;
        _vectors = vectors;
        _options = options;
    }

    /// <summary>Compiles a plan.</summary>
    public static CompiledPlan Compile(Plan plan, StepContext context, SmallVectors vectors, CompileOptions options) =>
        new StepCompiler(plan, context, vectors, options).Compile();

    private CompiledPlan Compile()
    {
        var forms = new Dictionary<int, ActivationForms>();
        foreach (var operation in _plan.Operations)
        {
            foreach (var input in operation.Inputs)
            {
                _uses[input.Id] = _uses.GetValueOrDefault(input.Id) + 1;
            }

            if (operation is LinearOperation linear)
            {
                forms[linear.Input.Id] = forms.GetValueOrDefault(linear.Input.Id) | Form(linear.Weight);
            }
        }

        foreach (var carry in _plan.Carries)
        {
            _uses[carry.Id] = _uses.GetValueOrDefault(carry.Id) + 1;
        }

        foreach (var operation in _plan.Operations)
        {
            _buffers.Add(operation.Result.Id, new ValueBuffer(operation.Result, forms.GetValueOrDefault(operation.Result.Id)));
        }

        var segments = _plan.Segments.Select(s => (IReadOnlyList<Step>)Segment(s)).ToList();
        return new CompiledPlan(segments, [.. _plan.Carries.Select(c => _buffers[c.Id])]);
    }

    private ActivationForms Form(Weight weight) => _context.Kernels.MatMul(weight.Format, _options.AllowInt8).Activations.Form();

    private List<Step> Segment(IReadOnlyList<PlanOperation> operations)
    {
        var steps = new List<Step>();
        for (var i = 0; i < operations.Count; i++)
        {
            var first = i;
            var step = operations[i] is not LinearOperation linear ? Single(operations[i])
                : Activated(operations, ref i) ?? (Step)Linears(operations, linear, ref i);
            step.Operations = [.. operations.Skip(first).Take(i + 1 - first)];
            steps.Add(step);
        }

        return steps;
    }

    private Step Single(PlanOperation operation)
    {
        var result = _buffers[operation.Result.Id];
        switch (operation)
        {
            case LookupOperation o:
                return new LookupStep(o.Table, o.By, result);
            case NormOperation o:
                return new NormStep(_buffers[o.Input.Id], o.Spec, _vectors, result);
            case ActivateOperation o:
                return new ActivateStep(_buffers[o.Input.Id], o.Function, result);
            case GateOperation o:
                return new GateStep(_buffers[o.Gate.Id], _buffers[o.Input.Id], o.Function, result);
            case AddOperation o:
                return new AddStep(_buffers[o.A.Id], _buffers[o.B.Id], result);
            case SelectOperation o:
                return new SelectStep(_buffers[o.Input.Id], result);
            case AttendOperation o:
                _context.UseGroup(o.Spec.Heads / o.Spec.KeyValueHeads);
                var layer = _options.OneLayerCache ? 0 : o.Spec.Layer;
                var rotary = o.Spec.Rotary is null ? null : _context.Rotary(o.Spec.Rotary);
                return new AttendStep(_buffers[o.Q.Id], _buffers[o.K.Id], _buffers[o.V.Id], o.Spec, layer, result, rotary);
            default:
                throw new NotSupportedException($"no step runs {operation.GetType().Name}");
        }
    }

    // A layer with the activation function behind it, or two with their gate, where nothing else reads what lies between.
    private ActivatedLinearStep? Activated(IReadOnlyList<PlanOperation> operations, ref int index)
    {
        var layers = operations.Skip(index).TakeWhile(o => o is LinearOperation).Cast<LinearOperation>().Take(2).ToArray();
        switch (operations.ElementAtOrDefault(index + layers.Length))
        {
            case GateOperation gate when layers.Length == 2 && layers[0].Input == layers[1].Input:
                layers = gate.Gate == layers[0].Result ? layers : [layers[1], layers[0]];
                return gate.Gate == layers[0].Result && gate.Input == layers[1].Result ? Make(gate.Function, gate.Result, ref index) : null;
            case ActivateOperation activate when layers.Length == 1 && activate.Input == layers[0].Result:
                return Make(activate.Function, activate.Result, ref index);
            default:
                return null;
        }

        ActivatedLinearStep? Make(ActivationFunction function, Value result, ref int last)
        {
            if (!_options.Fuse || !_buffers[result.Id].FinishesInParts || layers.Any(l => _uses[l.Result.Id] != 1))
            {
                return null;
            }

            last += layers.Length;
            return new ActivatedLinearStep(_buffers[layers[0].Input.Id], layers, function, _buffers[result.Id], _context.Kernels, _options.AllowInt8, _vectors);
        }
    }

    private LinearStep Linears(IReadOnlyList<PlanOperation> operations, LinearOperation first, ref int index)
    {
        var targets = new List<LinearTarget>();
        if (!_options.Fuse)
        {
            targets.Add(new LinearTarget(first.Weight, first.Bias, null, _buffers[first.Result.Id]));
            return Make();
        }

        if (index + 1 < operations.Count && operations[index + 1] is AddOperation add && Residual(first, add) is { } residual)
        {
            targets.Add(new LinearTarget(first.Weight, first.Bias, residual, _buffers[add.Result.Id]));
            index++;
            return Make();
        }

        for (; ; index++)
        {
            var linear = (LinearOperation)operations[index];
            targets.Add(new LinearTarget(linear.Weight, linear.Bias, null, _buffers[linear.Result.Id]));
            if (index + 1 == operations.Count || operations[index + 1] is not LinearOperation next || next.Input != first.Input
                || (index + 2 < operations.Count && operations[index + 2] is AddOperation following && Residual(next, following) is not null))
            {
                return Make();
            }
        }

        LinearStep Make() => new(_buffers[first.Input.Id], targets, _context.Kernels, _options.AllowInt8, _vectors);
    }

    // The other term of a sum that can be taken into the layer: the layer's result is used by the sum alone.
    private ValueBuffer? Residual(LinearOperation linear, AddOperation add)
    {
        var other = add.A == linear.Result ? add.B : add.B == linear.Result ? add.A : (Value?)null;
        return other is { } value && value != linear.Result && _uses[linear.Result.Id] == 1 ? _buffers[value.Id] : null;
    }
}

/// <summary>The steps of a plan, segment by segment, and the buffers that cross from one segment to the next.</summary>
/// <param name="Segments">The embedding, each block, the head.</param>
/// <param name="Carries">What each segment ends with.</param>
internal sealed record CompiledPlan(IReadOnlyList<IReadOnlyList<Step>> Segments, IReadOnlyList<ValueBuffer> Carries)
{
    /// <summary>Bytes of scratch each worker needs.</summary>
    /// <param name="rows">Most rows of a batch.</param>
    public int ScratchBytes(int rows) => Segments.SelectMany(s => s).Max(s => s.ScratchBytes(rows));
}
