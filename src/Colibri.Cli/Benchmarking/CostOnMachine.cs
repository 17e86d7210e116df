using Colibri.Execution;
using Colibri.Hardware;

namespace Colibri.Cli.Benchmarking;

/// <summary>What a cost takes at least on a machine whose ceilings were measured: each kind of arithmetic has its own.</summary>
internal static class CostOnMachine
{
    /// <summary>The least time of the arithmetic, in seconds.</summary>
    public static double ArithmeticSeconds(this MachineCeilings c, StepCost cost, int threads) =>
        cost.ArithmeticSeconds(c.Int8.At(threads), c.Float32.At(threads), (c.BrainFloat ?? c.Float32).At(threads));

    /// <summary>The kind of arithmetic that takes longest: <c>int8</c>, <c>bf16</c> or <c>float32</c>.</summary>
    public static string SlowestArithmetic(this MachineCeilings c, StepCost cost, int threads) => new[]
    {
        ("int8", cost.IntegerOperations / c.Int8.At(threads)),
        ("bf16", cost.BrainFloatOperations / (c.BrainFloat ?? c.Float32).At(threads)),
        ("float32", cost.FloatOperations / c.Float32.At(threads)),
    }.MaxBy(kind => kind.Item2).Item1;
}
