using System.Text.Json;
using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;
using Colibri.Compression.Tests.Synthesis;
using Colibri.TestData;
using Xunit;

namespace Colibri.Compression.Tests.Recipes;

public class TensorRecipeTests
{
    [SkippableTheory]
    [InlineData("llama-256", "F32")]
    [InlineData("llama-256", "Q4_0")]
    [InlineData("llama-256", "Q5_0")]
    [InlineData("llama-256", "Q8_0")]
    [InlineData("llama-256", "Q4_K_M")]
    [InlineData("llama-256", "Q6_K")]
    [InlineData("qwen2-256", "Q8_0")]
    [InlineData("qwen2-256", "Q4_K_M")]
    public void FormatOf_EveryTensor_IsWhatTheReferenceQuantizerChose(string shapeName, string recipeName)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(SharedData.Require("data/gguf-golden/expected.json")));
        var types = expected.RootElement.GetProperty("files").EnumerateArray()
            .Single(f => f.GetProperty("file").GetString() == $"{shapeName}-{recipeName}.gguf").GetProperty("tensor_types").EnumerateObject()
            .SelectMany(t => t.Value.EnumerateArray().Select(name => (Name: name.GetString()!, Type: t.Name)))
            .OrderBy(t => t.Name, StringComparer.Ordinal);
        var shape = shapeName == "llama-256" ? SmallShapes.Llama : SmallShapes.Qwen;
        var recipe = TensorRecipe.Parse(recipeName);

        var chosen = SyntheticTensor.Of(shape)
            .Select(t => (t.Name, Type: NameOf(recipe, t, shape)))
            .OrderBy(t => t.Name, StringComparer.Ordinal);

        Assert.Equal(types, chosen);
    }

    [Theory]
    [InlineData("attn_v.weight")]
    [InlineData("ffn_down.weight")]
    public void FormatOf_Q4KMSensitiveTensors_GetMoreBitsAtTheEndsAndEveryThirdBlock(string tensor)
    {
        var shape = SyntheticShape.Parse("tinyllama-1.1b");
        var recipe = TensorRecipe.Parse("Q4_K_M");

        var blocks = SyntheticTensor.Of(shape).Where(t => t.Name.EndsWith(tensor, StringComparison.Ordinal) && NameOf(recipe, t, shape) == "Q6_K").Select(t => t.Block);

        Assert.Equal([0, 1, 4, 7, 10, 13, 16, 19, 20, 21], blocks);
    }

    [Fact]
    public void FormatOf_RowsThatFillNoWideBlock_FallsBackTo32()
    {
        // 896 columns are no multiple of 256, 4,864 are.
        var shape = SyntheticShape.Parse("qwen2.5-0.5b");
        var formats = SyntheticTensor.Of(shape).Where(t => t.Block == 1).ToDictionary(t => t.Name, t => NameOf(TensorRecipe.Parse("Q4_K_M"), t, shape));

        Assert.Equal("Q5_0", formats["blk.1.attn_q.weight"]);
        Assert.Equal("Q8_0", formats["blk.1.attn_v.weight"]);
        Assert.Equal("Q6_K", formats["blk.1.ffn_down.weight"]);
        Assert.Equal("F32", formats["blk.1.attn_q.bias"]);
    }

    [Fact]
    public void Parse_UnknownName_ListsTheKnownOnes() =>
        Assert.Contains("Q4_K_M", Assert.Throws<InputException>(() => TensorRecipe.Parse("Q4")).Message, StringComparison.Ordinal);

    private static string NameOf(TensorRecipe recipe, SyntheticTensor tensor, SyntheticShape shape) =>
        recipe.FormatOf(tensor.Name, tensor.Shape, shape.ForRecipe)?.Format.Name ?? "F32";
}
