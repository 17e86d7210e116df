using System.Text.Json;
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
}
