using Colibri.Execution;
using Colibri.Generation;
using Colibri.Kernels.Assembly;
using Colibri.Tests.TestModels;
using Xunit;

namespace Colibri.Tests.Execution;

public class CostCounterTests(ModelFiles files) : IClassFixture<ModelFiles>
{
    // q and the output are 256 x 256, k and v 64 x 256, gate, up and down 512 x 256; two layers and 300 x 256 logits.
    private const double BlockWeights = 2 * (2 * 256 * 256 + 2 * 64 * 256 + 3 * 512 * 256);
    private const double HeadWeights = 300 * 256;

    [Fact]
    public void Count_FloatModel_IsWhatOneCountsByHand()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 1, KeyValueFormat = "F32" });

        // Three tokens behind five: 6 + 7 + 8 pairs of positions, 256 values of all heads, two products, two layers.
        var cost = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 3, 5, 1);
        Assert.Equal(0, cost.IntegerOperations);
        Assert.Equal(2 * 3 * BlockWeights + 2 * HeadWeights + 2 * (2 * 2 * 21 * 256), cost.FloatOperations);
        Assert.Equal(4 * (BlockWeights + HeadWeights + 3 * 256), cost.WeightBytes);

        // Eight positions are read, three written: keys and values of 64 float32 values in two layers.
        Assert.Equal(2 * 2 * 64 * 4 * (8 + 3), cost.KeyValueBytes);
        Assert.Equal(cost.WeightBytes + cost.KeyValueBytes, cost.Bytes);
    }

    [Fact]
    public void Count_NoOutputs_LeavesTheHeadOut()
    {
        using var engine = Engine.Load(files.Llama("F32"), new LoadOptions { Threads = 1 });
        var with = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 4, 0, 1);
        var without = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 4, 0, 0);
        Assert.Equal(2 * HeadWeights, with.FloatOperations - without.FloatOperations);
        Assert.Equal(4 * HeadWeights, with.WeightBytes - without.WeightBytes);
    }

    [Fact]
    public void Count_IntegerModel_CountsProductsAsIntegerWhereTheyAreAllowed()
    {
        using var engine = Engine.Load(files.Llama("Q4_0"), new LoadOptions { Threads = 1 });
        var integer = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 0, 1);
        Assert.Equal(2 * (BlockWeights + HeadWeights), integer.IntegerOperations);
        Assert.Equal((BlockWeights + HeadWeights + 256) * 18 / 32, integer.WeightBytes);
        var single = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 0, 1, allowInt8: false);
        Assert.Equal(0, single.IntegerOperations);
        Assert.Equal(integer.IntegerOperations + integer.FloatOperations, single.FloatOperations);
    }

    [Fact]
    public void Count_BrainFloatModel_CountsProductsOfPairsWhereTheyRun()
    {
        using var engine = Engine.Load(files.Llama("BF16"), new LoadOptions { Threads = 1 });
        var cost = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 0, 1);
        var single = CostCounter.Count(engine.Plan, engine.Kernels, engine.Cache, 1, 0, 1, allowInt8: false);

        // Processors without the instruction have no such product.
        Assert.Equal(AssemblySupport.BrainFloat ? 2 * (BlockWeights + HeadWeights) : 0, cost.BrainFloatOperations);
        Assert.Equal(0, cost.IntegerOperations);
        Assert.Equal(0, single.BrainFloatOperations);
        Assert.Equal(cost.Operations, single.FloatOperations);
    }

    [Fact]
    public void LeastSeconds_IsTheLongerOfComputingAndReading()
    {
        var cost = new StepCost(100, 30, 8, 2, 40);
        Assert.Equal(10, cost.LeastSeconds(1, 100, 10, 20));
        Assert.Equal(1 + 3 + 2, cost.LeastSeconds(100, 100, 10, 20));
        Assert.Equal(170, cost.Operations);
        Assert.Equal(new StepCost(200, 60, 16, 4, 80), cost + cost);
        Assert.Equal(cost + cost, 2 * cost);
    }
}
