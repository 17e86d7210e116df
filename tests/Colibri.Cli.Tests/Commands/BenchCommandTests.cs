using System.Text.Json;
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
        foreach (var name in new[] { "memory_read", "float32", "int8" })
        {
            var ceiling = json.RootElement.GetProperty("ceilings").GetProperty(name);
            var rates = ceiling.GetProperty("rates").EnumerateArray().ToList();
            Assert.Equal([1, 2], rates.Select(r => r.GetProperty("threads").GetInt32()));
            Assert.All(rates, r => Assert.True(r.GetProperty("best").GetDouble() >= r.GetProperty("median").GetDouble()));
            Assert.NotEmpty(ceiling.GetProperty("measured_with").GetString()!);
        }
    }
}
