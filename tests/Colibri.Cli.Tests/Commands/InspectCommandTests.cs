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
    public async Task Inspect_OptionsOfARun_ChangeTheForecast()
    {
        async Task<(long Context, long KeyValues, long Scratch, long Total)> Memory(params string[] options)
        {
            using var json = JsonDocument.Parse((await Invocation.RunAsync(["inspect", "--json", .. options])).Out);
            var memory = json.RootElement.GetProperty("memory");
            long Value(string name) => memory.GetProperty(name).GetInt64();
            Assert.Equal(Value("total_bytes"), Value("weights_bytes") + Value("key_values_bytes") + Value("scratch_bytes") + Value("runtime_bytes"));
            return (Value("context"), Value("key_values_bytes"), Value("scratch_bytes"), Value("total_bytes"));
        }

        // 8 layers, 4 heads of 32 values, keys and values in float32.
        var plain = await Memory("--threads", "1");
        Assert.Equal((1024, 1024L * 8 * 4 * 32 * 2 * 4), (plain.Context, plain.KeyValues));
        Assert.Equal(plain.KeyValues / 2, (await Memory("--kv", "f16")).KeyValues);
        Assert.Equal(plain.KeyValues * 34 / 128, (await Memory("--kv", "q8_0")).KeyValues);
        Assert.Equal((128, plain.KeyValues / 8), ((await Memory("--context", "128")) is var half ? (half.Context, half.KeyValues) : default));
        Assert.True((await Memory("--threads", "32")).Scratch > plain.Scratch);
        Assert.Equal(2, (await Invocation.RunAsync("inspect", "--context", "2000", "--threads", "0")).Code);
        Assert.Equal(plain.Total, (await Memory("--threads", "1", "--activations", "float")).Total);
    }

    [Fact]
    public async Task Inspect_FamilyThatDoesNotRun_IsStillShown()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(SharedData.Starter, "model.safetensors"), folder["model.safetensors"]);
        folder.Write("config.json", """{"model_type": "unheard-of"}""");
        var run = await Invocation.RunAsync("inspect", folder.Path);
        Assert.Equal(0, run.Code);
        Assert.Contains("7,344,384", run.Out, StringComparison.Ordinal);
        Assert.Contains("unheard-of", run.Out, StringComparison.Ordinal);
        Assert.Matches("Memory to run +unknown: ", run.Out);
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
