using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class InspectCommandTests
{
    private const long StarterParameters = 7_344_384;

    [Fact]
    public async Task Inspect_ShippedModel_TellsWhatItHolds()
    {
        var run = await Invocation.RunAsync("inspect");
        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        foreach (var word in new[] { "Architecture  llama", "7,344,384 in 74 tensors", "16.0 bits per weight", "F16 (74 tensors" })
        {
            Assert.Contains(word, run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Inspect_FolderByPath_IsTheSameAsTheShippedOne()
    {
        var named = await Invocation.RunAsync("inspect", SharedData.Starter);
        var shipped = await Invocation.RunAsync("inspect");
        Assert.Equal(0, named.Code);
        Assert.Equal(shipped.Out.Split('\n').Skip(1), named.Out.Split('\n').Skip(1));
    }

    [Fact]
    public async Task Inspect_Tensors_ListsEveryOne()
    {
        var run = await Invocation.RunAsync("inspect", "--tensors");
        Assert.Equal(0, run.Code);
        Assert.Equal(74, run.Out.Split('\n').Count(line => line.Contains(".weight", StringComparison.Ordinal)));
        Assert.Contains("model.embed_tokens.weight", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_Json_HasTheNumbers()
    {
        var run = await Invocation.RunAsync("inspect", "--tensors", "--json");
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        var root = json.RootElement;
        Assert.Equal("llama", root.GetProperty("architecture").GetString());
        Assert.Equal(StarterParameters, root.GetProperty("parameters").GetInt64());
        Assert.Equal(2 * StarterParameters, root.GetProperty("weight_bytes").GetInt64());
        Assert.Equal(16, root.GetProperty("bits_per_weight").GetDouble());
        var tensors = root.GetProperty("tensor_list").EnumerateArray().ToList();
        Assert.Equal(root.GetProperty("tensors").GetInt32(), tensors.Count);
        Assert.Equal(2 * StarterParameters, tensors.Sum(t => t.GetProperty("bytes").GetInt64()));
    }

    [Fact]
    public async Task Inspect_WhatIsNoModel_SaysSoAndExitsWithTwo()
    {
        foreach (var path in new[] { "no-such-file.gguf", Path.Combine(SharedData.Repository, "LICENSE"), Path.Combine(SharedData.Repository, "docs"), "" })
        {
            var run = await Invocation.RunAsync("inspect", path);
            Assert.Equal(2, run.Code);
            Assert.Empty(run.Out);
            Assert.StartsWith("colibri: ", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }
}
