using System.Text.Json;
using Colibri.Compression.Recipes;
using Colibri.TestData;
using Colibri.Tests.Files;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class ConvertCommandTests
{
    [SkippableFact]
    public async Task Convert_Stories_ThenRunTellsTheKnownStory()
    {
        var data = SharedData.Require("data/stories260k");
        using var folder = new TemporaryFolder();
        var model = folder["stories.gguf"];
        var convert = await Invocation.RunAsync("convert", Path.Combine(data, "stories260K.bin"), model, "--tokenizer", Path.Combine(data, "tok512.bin"));
        Assert.Equal(0, convert.Code);

        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(data, "expected.json")));
        var ids = expected.RootElement.GetProperty("greedy_tokens").EnumerateArray().Select(id => id.GetInt32()).Skip(1).ToList();
        var run = await Invocation.RunAsync("run", model, "--prompt", "", "--temperature", "0", "-n", $"{ids.Count}", "--json");
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(ids, json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.StartsWith("Once upon a time, there was a little girl named Lily.", json.RootElement.GetProperty("text").GetString()!.TrimStart(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Convert_SmallCheckpoints_KeepInt8OnlyWhenAsked()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = folder.Write("small.bin", new Llama2cBytes(2, 64, 128, 2, 4, 2, 300, 16, Tied: false, GroupSize: 32).Build());
        var tokenizer = folder.Write("small.tok", Llama2cBytes.Tokenizer(300));
        foreach (var (options, format) in new[] { (Array.Empty<string>(), "F32"), (["--keep-int8"], "Q8_0") })
        {
            var run = await Invocation.RunAsync(["convert", checkpoint, folder["out.gguf"], "--tokenizer", tokenizer, .. options]);
            Assert.Equal(0, run.Code);
            using var json = JsonDocument.Parse((await Invocation.RunAsync("inspect", folder["out.gguf"], "--json")).Out);
            Assert.Equal(format, json.RootElement.GetProperty("formats")[0].GetProperty("name").GetString());
            Assert.Equal(300, json.RootElement.GetProperty("tokenizer").GetProperty("vocabulary").GetInt32());
        }
    }

    [Fact]
    public async Task Convert_ShippedModel_ThenRunWritesTheSameText()
    {
        using var folder = new TemporaryFolder();
        var convert = await Invocation.RunAsync("convert", SharedData.Starter, folder["starter.gguf"], "--threads", "2");
        Assert.Equal((0, ""), (convert.Code, convert.Out));
        Assert.Contains("starter.gguf: 14.1 MiB", Assert.Single(convert.ErrorLines), StringComparison.Ordinal);

        string[] options = ["--prompt", "It was a dark night, and the", "-n", "24", "--temperature", "0"];
        var expected = await Invocation.RunAsync(["run", SharedData.Starter, .. options]);
        var run = await Invocation.RunAsync(["run", folder["starter.gguf"], .. options]);
        Assert.Equal(expected.Out, run.Out);
    }

    [Fact]
    public async Task Convert_Type_IsAnyRecipeAndFromAnyLayout()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await Invocation.RunAsync("convert", SharedData.Starter, folder["a.gguf"], "--type", "q4_k_m")).Code);
        Assert.Equal(["Q4_K", "Q6_K", "F32"], await FormatsOf(folder["a.gguf"]));
        Assert.Equal(0, (await Invocation.RunAsync("convert", SharedData.Starter, folder["b.gguf"], "--type", "Q4_K", "--pure")).Code);
        Assert.Equal(["Q4_K", "F32"], await FormatsOf(folder["b.gguf"]));
        var refused = await Invocation.RunAsync("convert", folder["b.gguf"], folder["c.gguf"], "--type", "Q8_0");
        Assert.Equal(2, refused.Code);
        Assert.Contains("--allow-requantize", Assert.Single(refused.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(0, (await Invocation.RunAsync("convert", folder["b.gguf"], folder["c.gguf"], "--type", "Q8_0", "--allow-requantize")).Code);
        Assert.Equal(["Q8_0", "F32"], await FormatsOf(folder["c.gguf"]));
    }

    [Fact]
    public async Task Convert_Help_ListsEveryRecipe()
    {
        var help = string.Join(' ', (await Invocation.RunAsync("convert", "--help")).Out.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.All(TensorRecipe.All, recipe => Assert.Contains(recipe.Name, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Unknown type 'Q9'", "models/starter", "out.gguf", "--type", "Q9")]
    [InlineData("--pure needs --type", "models/starter", "out.gguf", "--pure")]
    [InlineData("--tokenizer is for llama2.c checkpoints", "models/starter", "out.gguf", "--tokenizer", "t.bin")]
    [InlineData("--keep-int8 is for llama2.c checkpoints", "models/starter", "out.gguf", "--keep-int8")]
    [InlineData("--type is not for llama2.c checkpoints", "small.bin", "out.gguf", "--type", "Q8_0")]
    [InlineData("is the input itself", "small.bin", "small.bin")]
    [InlineData("no such file or folder", "nothing", "out.gguf")]
    public async Task Convert_WhatCannotBe_SaysSoInOneLine(string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var checkpoint = new Llama2cBytes(0, 64, 128, 2, 4, 2, 300, 16, Tied: true).Build();
        folder.Write("small.bin", checkpoint);
        arguments[0] = arguments[0] == "models/starter" ? SharedData.Starter : folder[arguments[0]];
        arguments[1] = folder[arguments[1]];

        var run = await Invocation.RunAsync(["convert", .. arguments]);

        Assert.Equal(2, run.Code);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(checkpoint, File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder.Path))));
    }

    [Theory]
    [InlineData("empty", "")]
    [InlineData("cannot be used", "loop.gguf")]
    [InlineData("cannot be", "long")]
    [InlineData("is the input itself", "tokenizer.bin")]
    [InlineData("is a folder", ".")]
    public async Task Convert_OutputThatCannotBe_SaysSoInOneLine(string expected, string output)
    {
        using var folder = new TemporaryFolder();
        var checkpoint = folder.Write("small.bin", new Llama2cBytes(0, 64, 128, 2, 4, 2, 300, 16, Tied: true).Build());
        var tokenizer = folder.Write("tokenizer.bin", Llama2cBytes.Tokenizer(300));
        File.CreateSymbolicLink(folder["loop.gguf"], "loop.gguf");
        var path = output == "" ? "" : output == "long" ? folder[new string('a', 5000)] : folder[output];
        foreach (var arguments in new[] { new[] { checkpoint, path, "--tokenizer", tokenizer }, [SharedData.Starter, path] }.Take(output == "tokenizer.bin" ? 1 : 2))
        {
            var run = await Invocation.RunAsync(["convert", .. arguments]);
            Assert.Equal(2, run.Code);
            Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }

        Assert.Equal(Llama2cBytes.Tokenizer(300), File.ReadAllBytes(tokenizer));
        Assert.Empty(Directory.GetFiles(folder.Path, "*.partial"));
    }

    [Theory]
    [InlineData("--keep-int8")]
    [InlineData("--tokenizer", "no-such-file.bin")]
    [InlineData]
    public async Task Convert_WhatIsNoCheckpoint_SaysSoAndWritesNothing(params string[] options)
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync(["convert", Path.Combine(SharedData.Repository, "LICENSE"), folder["out.gguf"], .. options]);
        Assert.Equal(2, run.Code);
        Assert.StartsWith("colibri: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static async Task<string[]> FormatsOf(string model)
    {
        using var json = JsonDocument.Parse((await Invocation.RunAsync("inspect", model, "--json")).Out);
        return [.. json.RootElement.GetProperty("formats").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];
    }
}
