using System.Text.Json;
using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class SynthCommandTests
{
    [Fact]
    public async Task Synth_SmallShape_IsAModelThatRuns()
    {
        using var folder = new TemporaryFolder();
        var model = folder["small.gguf"];
        var synth = await Invocation.RunAsync("synth", model, "--shape", "125m", "--type", "q4_0", "--vocab", SharedData.Starter);
        Assert.Equal(0, synth.Code);

        var inspect = await Invocation.RunAsync("inspect", model, "--json");
        using var json = JsonDocument.Parse(inspect.Out);
        Assert.Equal(SyntheticShape.Parse("125m").Parameters, json.RootElement.GetProperty("parameters").GetInt64());
        Assert.Equal("Q4_0", json.RootElement.GetProperty("formats")[0].GetProperty("name").GetString());
        Assert.Equal(32_000, json.RootElement.GetProperty("tokenizer").GetProperty("vocabulary").GetInt32());

        var run = await Invocation.RunAsync("run", model, "--prompt", "It was", "-n", "3", "--json");
        using var answer = JsonDocument.Parse(run.Out);
        Assert.Equal(3, answer.RootElement.GetProperty("generated_tokens").GetInt32());
    }

    [Fact]
    public async Task Synth_Seed_ChangesTheWeights()
    {
        using var folder = new TemporaryFolder();
        foreach (var seed in new[] { "1", "1", "2" })
        {
            await Invocation.RunAsync("synth", folder[$"{Directory.GetFiles(folder.Path).Length}.gguf"], "--shape", "125m", "--type", "Q4_0", "--seed", seed);
        }

        var files = Enumerable.Range(0, 3).Select(i => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder[$"{i}.gguf"])))).ToList();
        Assert.Equal(files[0], files[1]);
        Assert.NotEqual(files[0], files[2]);
    }

    [Fact]
    public async Task Synth_Help_ListsEveryShapeAndRecipe()
    {
        var run = await Invocation.RunAsync("synth", "--help");
        var help = System.Text.RegularExpressions.Regex.Replace(run.Out, @"\s+", " ");
        Assert.All(SyntheticShape.All, shape => Assert.Contains(shape.Name, help, StringComparison.Ordinal));
        Assert.All(TensorRecipe.All, recipe => Assert.Contains(recipe.Name, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--shape", "gpt-5")]
    [InlineData("--shape", "125m", "--type", "Q1_0")]
    [InlineData("--shape", "125m", "--vocab", "no-such-file.gguf")]
    [InlineData("--type", "Q4_0")]
    public async Task Synth_BadOption_SaysSoAndWritesNothing(params string[] options)
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync(["synth", folder["x.gguf"], .. options]);
        Assert.Equal(2, run.Code);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }
}
