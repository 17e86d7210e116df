using Colibri.Compression.Synthesis;
using Xunit;

namespace Colibri.Compression.Tests.Synthesis;

public class SyntheticShapeTests
{
    // The number of parameters that the models' makers state.
    [Theory]
    [InlineData("125m", 124_668_672)]
    [InlineData("smollm2-135m", 134_515_008)]
    [InlineData("qwen2.5-0.5b", 494_032_768)]
    [InlineData("tinyllama-1.1b", 1_100_048_384)]
    [InlineData("llama-3.2-1b", 1_235_814_400)]
    [InlineData("qwen2.5-1.5b", 1_543_714_304)]
    [InlineData("llama-3.2-3b", 3_212_749_824)]
    [InlineData("llama-2-7b", 6_738_415_616)]
    [InlineData("mistral-7b", 7_248_023_552)]
    [InlineData("qwen2.5-7b", 7_615_616_512)]
    [InlineData("llama-3.1-8b", 8_030_261_248)]
    public void Parameters_AreThoseOfTheRealModel(string name, long parameters) =>
        Assert.Equal(parameters, SyntheticShape.Parse(name).Parameters);

    [Fact]
    public void All_HaveHeadsThatDivide() => Assert.All(SyntheticShape.All, shape =>
    {
        Assert.Equal(0, shape.Hidden % shape.Heads);
        Assert.Equal(0, shape.Heads % shape.KeyHeads);
    });

    [Fact]
    public void All_AreInTheTheoryAbove() => Assert.Equal(11, SyntheticShape.All.Count);

    [Fact]
    public void Parse_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("tinyllama-1.1b", Assert.Throws<InputException>(() => SyntheticShape.Parse("gpt-5")).Message, StringComparison.Ordinal);
}
