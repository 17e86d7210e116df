using Colibri.Kernels;
using Colibri.Kernels.Attention;
using Colibri.Kernels.MatMul;

namespace Colibri.Execution;

/// <summary>What a step must compute and touch at least: the two axes of the roofline (Williams et al. 2009).</summary>
/// <param name="IntegerOperations">Multiplications and additions of 8-bit products, two a weight and row.</param>
/// <param name="FloatOperations">Multiplications and additions in float32: other products of float weights, and attention.</param>
/// <param name="WeightBytes">Bytes of weights that are read; of tables only the rows that are looked up.</param>
/// <param name="KeyValueBytes">Bytes of keys and values that are read and written.</param>
/// <param name="BrainFloatOperations">Multiplications and additions of bfloat16 pairs, where activations are rounded to bfloat16.</param>
public readonly record struct StepCost(
    double IntegerOperations, double FloatOperations, double WeightBytes, double KeyValueBytes, double BrainFloatOperations = 0)
{
    /// <summary>All bytes.</summary>
    public double Bytes => WeightBytes + KeyValueBytes;

    /// <summary>Multiplications and additions of every kind.</summary>
    public double Operations => IntegerOperations + FloatOperations + BrainFloatOperations;

    /// <summary>Adds two costs.</summary>
    public static StepCost operator +(StepCost a, StepCost b) => new(
        a.IntegerOperations + b.IntegerOperations, a.FloatOperations + b.FloatOperations, a.WeightBytes + b.WeightBytes, a.KeyValueBytes + b.KeyValueBytes,
        a.BrainFloatOperations + b.BrainFloatOperations);

    /// <summary>The same cost several times.</summary>
    public static StepCost operator *(int times, StepCost a) => new(
        times * a.IntegerOperations, times * a.FloatOperations, times * a.WeightBytes, times * a.KeyValueBytes, times * a.BrainFloatOperations);

    /// <summary>The least time the arithmetic can take on a machine, in seconds.</summary>
    /// <param name="integerPeak">8-bit operations per second.</param>
    /// <param name="floatPeak">float32 operations per second.</param>
    /// <param name="brainFloatPeak">Operations on bfloat16 pairs per second.</param>
    public double ArithmeticSeconds(double integerPeak, double floatPeak, double brainFloatPeak) =>
        IntegerOperations / integerPeak + FloatOperations / floatPeak + BrainFloatOperations / brainFloatPeak;

    /// <summary>The least time a step can take on a machine, in seconds: the longer of computing and reading.</summary>
    /// <param name="bytesPerSecond">Read bandwidth.</param>
    /// <param name="integerPeak">8-bit operations per second.</param>
    /// <param name="floatPeak">float32 operations per second.</param>
    /// <param name="brainFloatPeak">Operations on bfloat16 pairs per second.</param>
    public double LeastSeconds(double bytesPerSecond, double integerPeak, double floatPeak, double brainFloatPeak) =>
        Math.Max(Bytes / bytesPerSecond, ArithmeticSeconds(integerPeak, floatPeak, brainFloatPeak));
}

/// <summary>Counts what a plan costs, without running it.</summary>
internal static class CostCounter
{
    /// <summary>The cost of one step of one sequence, or of several of one length that go through it together.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="kernels">Decides which products are integer ones.</param>
    /// <param name="cache">How keys and values are stored.</param>
    /// <param name="tokens">Tokens of the step.</param>
    /// <param name="position">Position of the first of them.</param>
    /// <param name="outputs">Rows whose logits are computed.</param>
    /// <param name="allowInt8">Whether activations may be quantized.</param>
    /// <param name="sequences">How many sequences; tokens, position and outputs are those of each.</param>
    public static StepCost Count(
        Plan plan, KernelSet kernels, KvLayout cache, int tokens, int position, int outputs, bool allowInt8 = true, int sequences = 1)
    {
        var cost = new StepCost();
        foreach (var operation in plan.Operations)
        {
            var rows = sequences * (operation.Result.Rows == RowKind.Tokens ? tokens : outputs);
            cost += operation is AttendOperation attend ? sequences * Attend(attend.Spec, cache, tokens, position) : Rows(operation, kernels, rows, allowInt8);
        }

        return cost;
    }

    /// <summary>The cost of some operations of the plan for a batch that has not been run yet, or just now.</summary>
    /// <param name="operations">What a step does.</param>
    /// <param name="kernels">Decides which products are integer ones.</param>
    /// <param name="batch">The batch; its sequences have not grown by it.</param>
    /// <param name="allowInt8">Whether activations may be quantized.</param>
    public static StepCost Count(IReadOnlyList<PlanOperation> operations, KernelSet kernels, PackedBatch batch, bool allowInt8)
    {
        // By index and span: this runs for every step of a profiled pass, and allocates nothing.
        var cost = new StepCost();
        for (var i = 0; i < operations.Count; i++)
        {
            var operation = operations[i];
            if (operation is not AttendOperation attend)
            {
                cost += Rows(operation, kernels, operation.Result.Rows == RowKind.Tokens ? batch.Count : batch.OutputCount, allowInt8);
                continue;
            }

            foreach (var piece in batch.Pieces)
            {
                cost += Attend(attend.Spec, piece.Sequence?.Layout, piece.Length, batch.Positions[piece.Start]);
            }
        }

        return cost;
    }

    private static StepCost Rows(PlanOperation operation, KernelSet kernels, int rows, bool allowInt8) => operation switch
    {
        LinearOperation linear => Linear(linear, kernels, rows, allowInt8),
        LookupOperation lookup => new StepCost(0, 0, (double)rows * lookup.Table.RowBytes, 0),
        _ => default,
    };

    private static StepCost Linear(LinearOperation linear, KernelSet kernels, int rows, bool allowInt8)
    {
        if (rows == 0)
        {
            return default;
        }

        var operations = 2.0 * rows * linear.Weight.Rows * linear.Weight.Columns;
        var kernel = kernels.MatMul(linear.Weight.Format, allowInt8);
        var bytes = linear.Weight.Bytes + linear.Weight.ChannelBytes;
        return kernel.Activations switch
        {
            ActivationKind.Float => new StepCost(0, operations, bytes, 0),
            ActivationKind.Pairs => new StepCost(0, 0, bytes, 0, operations),
            _ => new StepCost(operations, 0, bytes, 0),
        };
    }

    private static StepCost Attend(AttentionSpec spec, KvLayout? cache, int tokens, int position)
    {
        // Two products of the head size for each pair of positions that meet and each head.
        var reach = new AttentionReach(spec.Causal ? 0 : position + tokens, spec.Window);
        var pairs = 0.0;
        for (var token = position; token < position + tokens; token++)
        {
            pairs += reach.End(token) - reach.First(token);
        }

        // Positions that any token sees are read once, those of the step written too; texts leave nothing in a cache.
        var read = position + tokens - reach.First(position);
        return new StepCost(0, 4 * pairs * spec.Heads * spec.HeadSize, 0, spec.Causal ? (cache?.PositionBytes ?? 0) * (read + tokens) : 0);
    }
}
