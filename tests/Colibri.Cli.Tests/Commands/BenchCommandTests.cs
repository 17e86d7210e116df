using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task Bench_WithoutModel_DescribesTheMachineAndItsCeilings()
    {
        var run = await Invocation.RunAsync("bench");
        Assert.Equal(0, run.Code);
        Assert.Empty(run.Error);
        foreach (var word in new[] { "Processor", "Cores", "Instruction sets", "Memory", "Battery", "Temperature", "Graphics", "memory read", "float32", "int8", "GB/s" })
        {
            Assert.Contains(word, run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bench_JsonWithThreads_IsOneObjectWithRatesUpToThem()
    {
        var run = await Invocation.RunAsync("bench", "--threads", "2", "--json");
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        var machine = json.RootElement.GetProperty("machine");
        Assert.NotEmpty(machine.GetProperty("processor").GetProperty("name").GetString()!);
        Assert.True(machine.GetProperty("memory").GetProperty("total_bytes").GetInt64() > 0);
        Assert.False(json.RootElement.TryGetProperty("model", out _));
        foreach (var name in new[] { "memory_read", "float32", "int8" })
        {
            var ceiling = json.RootElement.GetProperty("ceilings").GetProperty(name);
            var rates = ceiling.GetProperty("rates").EnumerateArray().ToList();
            Assert.Equal([1, 2], rates.Select(r => r.GetProperty("threads").GetInt32()));
            Assert.All(rates, r => Assert.True(r.GetProperty("best").GetDouble() >= r.GetProperty("median").GetDouble()));
            Assert.NotEmpty(ceiling.GetProperty("measured_with").GetString()!);
        }
    }

    [Fact]
    public async Task Bench_Model_ShowsSpeedAndShares()
    {
        var run = await Invocation.RunAsync("bench", SharedData.Starter, "--prompt", "8", "--generate", "4", "--repeat", "1");
        Assert.Equal(0, run.Code);
        foreach (var word in new[] { "tokens/s", "of the roofline", "starter (F16", "prompt", "generate", "peak memory" })
        {
            Assert.Contains(word, run.Out, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bench_ModelJson_HasEveryRepeatAndWhatATokenCosts()
    {
        var run = await Invocation.RunAsync("bench", SharedData.Starter, "--prompt", "8", "--generate", "4", "--repeat", "3", "--threads", "2", "--json");
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        var model = json.RootElement.GetProperty("model");
        const long Parameters = 7_344_384;
        Assert.Equal(Parameters, model.GetProperty("parameters").GetInt64());
        Assert.True(model.GetProperty("first_token_ms").GetDouble() >= model.GetProperty("load_ms").GetDouble());
        Assert.True(model.GetProperty("peak_memory_bytes").GetInt64() > 0);
        foreach (var (name, tokens) in new[] { ("prompt", 8), ("generate", 4) })
        {
            var phase = model.GetProperty(name);
            Assert.Equal(tokens, phase.GetProperty("tokens").GetInt32());
            var rates = phase.GetProperty("tokens_per_second").EnumerateArray().Select(r => r.GetDouble()).ToList();
            Assert.Equal(3, rates.Count);
            Assert.Equal(rates[1], phase.GetProperty("median_tokens_per_second").GetDouble());
            Assert.Equal(rates[2], phase.GetProperty("best_tokens_per_second").GetDouble());
            Assert.InRange(phase.GetProperty("share_of_roofline").GetDouble(), 0, 10);
        }

        // The head is the embedding table: a generated token multiplies with every weight once and reads each of its two bytes.
        var operations = model.GetProperty("generate").GetProperty("float_operations").GetDouble() / 4;
        Assert.InRange(operations, 2 * Parameters * 0.99, 2 * Parameters * 1.05);
        Assert.InRange(model.GetProperty("generate").GetProperty("bytes").GetDouble() / 4, 2 * Parameters * 0.99, 2 * Parameters * 1.05);
    }

    [Fact]
    public async Task Bench_OtherWaysOfComputing_AreMeasured()
    {
        using var folder = new TemporaryFolder();
        var model = TinyModel.Write(folder, "Q4_0");
        async Task<(double Integer, double Bytes)> Prompt(params string[] options)
        {
            var run = await Invocation.RunAsync(["bench", model, "--prompt", "8", "--generate", "1", "--repeat", "1", "--threads", "1", "--json", .. options]);
            using var json = JsonDocument.Parse(run.Out);
            var prompt = json.RootElement.GetProperty("model").GetProperty("prompt");
            return (prompt.GetProperty("integer_operations").GetDouble(), prompt.GetProperty("bytes").GetDouble());
        }

        var plain = await Prompt("--lazy", "off", "--max-memory", "2G");
        Assert.True(plain.Integer > 0);
        Assert.Equal(0, (await Prompt("--activations", "float")).Integer);
        var half = (await Prompt("--kv", "f16")).Bytes;
        Assert.True(half < plain.Bytes);
        Assert.True((await Prompt("--kv", "q8_0")).Bytes < half);
    }

    [Theory]
    [InlineData("no-such-model.gguf")]
    [InlineData("starter", "--prompt", "0")]
    [InlineData("starter", "--generate", "0")]
    [InlineData("starter", "--repeat", "0")]
    [InlineData("starter", "--prompt", "5000")]
    public async Task Bench_BadInput_SaysSoAndExitsWithTwo(params string[] args)
    {
        var run = await Invocation.RunAsync(["bench", .. args.Select(a => a == "starter" ? SharedData.Starter : a)]);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
    }
}
