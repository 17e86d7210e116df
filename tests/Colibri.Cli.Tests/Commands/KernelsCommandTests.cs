using System.Text.Json;
using Colibri.Kernels;
using Colibri.Kernels.MatMul;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class KernelsCommandTests
{
    [Fact]
    public async Task Kernels_NoName_ListsEveryOperationWithItsChoice()
    {
        var run = await Invocation.RunAsync("kernels");
        Assert.Equal(0, run.Code);
        var lines = run.Out.Split('\n');
        foreach (var list in KernelSet.Lists)
        {
            var line = Assert.Single(lines, l => l.TrimStart().StartsWith(list.Operation + "  ", StringComparison.Ordinal));
            Assert.Contains(list.Choose(KernelSelection.FromEnvironment()).Name, line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Kernels_EveryMatrixProduct_IsListed()
    {
        var run = await Invocation.RunAsync("kernels", "--json");
        Assert.All(MatMulList.All, list => Assert.Contains($"\"operation\": \"{list.Operation}\"", run.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kernels_Name_ListsOnlyOperationsThatContainIt()
    {
        var run = await Invocation.RunAsync("kernels", "MATMUL", "--json");
        using var json = JsonDocument.Parse(run.Out);
        var operations = json.RootElement.GetProperty("operations").EnumerateArray().Select(o => o.GetProperty("operation").GetString()!).ToList();
        Assert.NotEmpty(operations);
        Assert.All(operations, o => Assert.Contains("matmul", o, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kernels_UnknownName_SaysWhatThereIs()
    {
        var run = await Invocation.RunAsync("kernels", "fast-fourier");
        Assert.Equal(2, run.Code);
        Assert.Contains("matmul", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernels_Json_NamesChoiceAndReason()
    {
        var run = await Invocation.RunAsync("kernels", "--json");
        using var json = JsonDocument.Parse(run.Out);
        foreach (var operation in json.RootElement.GetProperty("operations").EnumerateArray())
        {
            var variants = operation.GetProperty("variants").EnumerateArray().ToList();
            var chosen = Assert.Single(variants, v => v.GetProperty("name").GetString() == operation.GetProperty("chosen").GetString());
            Assert.True(chosen.GetProperty("supported").GetBoolean());
            Assert.NotEmpty(operation.GetProperty("reason").GetString()!);
            Assert.Equal("reference", variants[0].GetProperty("name").GetString());
        }
    }
}
