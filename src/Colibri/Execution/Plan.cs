using Colibri.Formats;
using Colibri.Kernels.Activation;

namespace Colibri.Execution;

/// <summary>An operation of the plan; it assigns its result once.</summary>
/// <param name="Result">The value it assigns.</param>
public abstract record PlanOperation(Value Result)
{
    /// <summary>Values it reads.</summary>
    public abstract IEnumerable<Value> Inputs { get; }

    /// <summary>Weights it reads.</summary>
    public virtual IEnumerable<Weight> Weights => [];
}

/// <summary><see cref="IExecutor.Lookup"/>.</summary>
public sealed record LookupOperation(Weight Table, LookupBy By, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [];

    /// <inheritdoc/>
    public override IEnumerable<Weight> Weights => [Table];
}

/// <summary><see cref="IExecutor.Linear"/>.</summary>
public sealed record LinearOperation(Value Input, Weight Weight, Weight? Bias, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Weight> Weights => Bias is null ? [Weight] : [Weight, Bias];
}

/// <summary><see cref="IExecutor.Norm"/>.</summary>
public sealed record NormOperation(Value Input, NormSpec Spec, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];

    /// <inheritdoc/>
    public override IEnumerable<Weight> Weights => Spec.Bias is null ? [Spec.Weight] : [Spec.Weight, Spec.Bias];
}

/// <summary><see cref="IExecutor.Activate"/>.</summary>
public sealed record ActivateOperation(Value Input, ActivationFunction Function, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];
}

/// <summary><see cref="IExecutor.Gate"/>.</summary>
public sealed record GateOperation(Value Gate, Value Input, ActivationFunction Function, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Gate, Input];
}

/// <summary><see cref="IExecutor.Add"/>.</summary>
public sealed record AddOperation(Value A, Value B, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [A, B];
}

/// <summary><see cref="IExecutor.Attend"/>.</summary>
public sealed record AttendOperation(Value Q, Value K, Value V, AttentionSpec Spec, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Q, K, V];
}

/// <summary><see cref="IExecutor.SelectOutputs"/>.</summary>
public sealed record SelectOperation(Value Input, Value Result) : PlanOperation(Result)
{
    /// <inheritdoc/>
    public override IEnumerable<Value> Inputs => [Input];
}

/// <summary>
/// A model's forward pass, recorded once: operations on values that are assigned once, cut into the embedding, the
/// blocks and the head. What crosses a cut is one value, the hidden state.
/// </summary>
public sealed class Plan
{
    private Plan(IReadOnlyList<IReadOnlyList<PlanOperation>> segments, IReadOnlyList<Value> carries, int values)
    {
        Segments = segments;
        Carries = carries;
        ValueCount = values;
        TakesTexts = Operations.OfType<AttendOperation>().Any(o => !o.Spec.Causal);
        if (TakesTexts && Operations.OfType<AttendOperation>().Any(o => o.Spec.Causal))
        {
            throw new InvalidOperationException("A model was recorded wrongly: attention of one model is causal throughout, or nowhere.");
        }
    }

    /// <summary>The embedding, then each block, then the head.</summary>
    public IReadOnlyList<IReadOnlyList<PlanOperation>> Segments { get; }

    /// <summary>The value that each segment ends with; the last one holds the logits.</summary>
    public IReadOnlyList<Value> Carries { get; }

    /// <summary>Number of values.</summary>
    public int ValueCount { get; }

    /// <summary>Number of blocks.</summary>
    public int Blocks => Segments.Count - 2;

    /// <summary>All operations in order.</summary>
    public IEnumerable<PlanOperation> Operations => Segments.SelectMany(s => s);

    /// <summary>The formats of the weights of its linear layers, each once.</summary>
    public IEnumerable<TensorFormat> LinearFormats => Operations.OfType<LinearOperation>().Select(o => o.Weight.Format).Distinct();

    /// <summary>The logits.</summary>
    public Value Logits => Carries[^1];

    /// <summary>Whether tokens see what follows them, so that a text comes whole and no keys and values are kept behind a step.</summary>
    public bool TakesTexts { get; }

    /// <summary>Records a model's forward pass.</summary>
    /// <param name="model">The model.</param>
    /// <exception cref="InvalidOperationException">The model uses a value of another segment than the hidden state.</exception>
    public static Plan Record(IModel model)
    {
        var recorder = new Recorder();
        var segments = new List<IReadOnlyList<PlanOperation>>();
        var carries = new List<Value>();
        var hidden = model.Embed(recorder);
        Cut();
        for (var block = 0; block < model.Blocks; block++)
        {
            hidden = model.Block(recorder, block, hidden);
            Cut();
        }

        hidden = model.Head(recorder, hidden);
        Cut();
        return new Plan(segments, carries, recorder.ValueCount);

        void Cut()
        {
            segments.Add(recorder.TakeSegment(hidden));
            carries.Add(hidden);
        }
    }

    private sealed class Recorder : IExecutor
    {
        private readonly HashSet<int> _reachable = [];
        private List<PlanOperation> _operations = [];

        public int ValueCount { get; private set; }

        public List<PlanOperation> TakeSegment(Value carry)
        {
            var taken = _operations;
            _operations = [];
            _reachable.Clear();
            _reachable.Add(carry.Id);
            return taken;
        }

        public Value Lookup(Weight table, LookupBy by) => Record(new LookupOperation(table, by, New(table.Columns, RowKind.Tokens)));

        public Value Linear(Value a, Weight weight, Weight? bias = null)
        {
            Expect(a.Width == weight.Columns, $"{weight} does not take rows of {a.Width}");
            Expect(bias is null || bias.Columns * bias.Rows == weight.Rows, $"{bias} does not fit {weight}");
            return Record(new LinearOperation(a, weight, bias, New(weight.Rows, a.Rows)));
        }

        public Value Norm(Value a, NormSpec spec)
        {
            Expect(a.Width == spec.Weight.Columns * spec.Weight.Rows, $"{spec.Weight} does not take rows of {a.Width}");
            return Record(new NormOperation(a, spec, New(a.Width, a.Rows)));
        }

        public Value Activate(Value a, ActivationFunction function) => Record(new ActivateOperation(a, function, New(a.Width, a.Rows)));

        public Value Gate(Value gate, Value a, ActivationFunction function)
        {
            Expect(gate.Width == a.Width && gate.Rows == a.Rows, "a gate has the shape of what it gates");
            return Record(new GateOperation(gate, a, function, New(a.Width, a.Rows)));
        }

        public Value Add(Value a, Value b)
        {
            Expect(a.Width == b.Width && a.Rows == b.Rows, "sums have one shape");
            return Record(new AddOperation(a, b, New(a.Width, a.Rows)));
        }

        public Value Attend(Value q, Value k, Value v, AttentionSpec spec)
        {
            Expect(q.Width == spec.Heads * spec.HeadSize && k.Width == spec.KeyValueHeads * spec.HeadSize && v.Width == k.Width, "queries, keys and values have the widths of their heads");
            Expect(spec.Window >= 0 && spec.SoftCap >= 0, "windows and caps are not negative");
            return Record(new AttendOperation(q, k, v, spec, New(q.Width, q.Rows)));
        }

        public Value SelectOutputs(Value a) => Record(new SelectOperation(a, New(a.Width, RowKind.Outputs)));

        private Value New(int width, RowKind rows) => new(ValueCount++, width, rows);

        private Value Record(PlanOperation operation)
        {
            foreach (var input in operation.Inputs)
            {
                Expect(_reachable.Contains(input.Id), "only the hidden state crosses from one block to the next");
            }

            _operations.Add(operation);
            _reachable.Add(operation.Result.Id);
            return operation.Result;
        }

        private static void Expect(bool holds, string rule)
        {
            if (!holds)
            {
                throw new InvalidOperationException($"A model was recorded wrongly: {rule}.");
            }
        }
    }
}
