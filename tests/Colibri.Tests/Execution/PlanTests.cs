using Colibri.Execution;
using Colibri.Kernels.Activation;
using Xunit;
using static Colibri.Tests.Execution.SmallModel;

namespace Colibri.Tests.Execution;

public class PlanTests
{
    [Fact]
    public void Record_ModelWithTwoBlocks_IsCutIntoEmbeddingBlocksAndHead()
    {
        var w = Matrix(Width, Width, 1);
        var plan = Plan.Record(Of((x, h) => x.Add(h, x.Linear(h, w)), (x, h) => x.Norm(h, Norm(2))));
        Assert.Equal(2, plan.Blocks);
        Assert.Equal(new[] { 1, 2, 1, 2 }, plan.Segments.Select(s => s.Count));
        Assert.Equal(6, plan.ValueCount);
        Assert.Equal(plan.ValueCount, plan.Operations.Select(o => o.Result.Id).Distinct().Count());
        Assert.All(plan.Segments.Zip(plan.Carries), pair => Assert.Equal(pair.First[^1].Result, pair.Second));
        Assert.Equal(new Value(5, Vocabulary, RowKind.Outputs), plan.Logits);
        Assert.Contains(w, plan.Operations.SelectMany(o => o.Weights));
    }

    [Fact]
    public void Record_ValueOfAnEarlierBlock_IsRefused()
    {
        Value kept = default;
        var error = Assert.Throws<InvalidOperationException>(() => Plan.Record(Of(
            (x, h) =>
            {
                kept = x.Norm(h, Norm(1));
                return x.Add(h, kept);
            },
            (x, h) => x.Add(h, kept))));
        Assert.Contains("only the hidden state", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Record_HiddenStateOfTwoBlocksAgo_IsRefused()
    {
        Value first = default;
        Assert.Throws<InvalidOperationException>(() => Plan.Record(Of(
            (x, h) => x.Norm(first = h, Norm(1)),
            (x, h) => x.Add(h, first))));
    }

    public static TheoryData<string> Wrong => ["linear", "bias", "norm", "gate", "add", "query", "key", "value", "rows"];

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Record_WidthsThatDoNotBelongTogether_AreRefused(string what)
    {
        var narrow = Matrix(Width / 2, Width, 1);
        var wide = Matrix(Width, Width, 2);
        var spec = new AttentionSpec(0, 4, 2, 16, 1, null);
        Func<IExecutor, Value, Value> block = what switch
        {
            "linear" => (x, h) => x.Linear(x.Linear(h, narrow), wide),
            "bias" => (x, h) => x.Linear(h, wide, Matrix(1, Width + 1, 3)),
            "norm" => (x, h) => x.Norm(x.Linear(h, narrow), Norm(4)),
            "gate" => (x, h) => x.Gate(x.Linear(h, narrow), h, ActivationFunction.Silu),
            "add" => (x, h) => x.Add(h, x.Linear(h, narrow)),
            "query" => (x, h) => x.Attend(x.Linear(h, narrow), x.Linear(h, narrow), x.Linear(h, narrow), spec),
            "key" => (x, h) => x.Attend(h, h, x.Linear(h, narrow), spec),
            "value" => (x, h) => x.Attend(h, x.Linear(h, narrow), h, spec),
            _ => (x, h) => x.Add(h, x.SelectOutputs(h)),
        };
        var error = Assert.Throws<InvalidOperationException>(() => Plan.Record(Of(block)));
        Assert.Contains("recorded wrongly", error.Message, StringComparison.Ordinal);
    }
}
