using System.Diagnostics;
using System.Text.Json;
using Colibri.Formats;
using Colibri.Kernels;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.MatMul;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class KernelsCommandTests
{
    private const string Operation = "matmul int8 Q4_0";

    private static readonly TensorFormat Format = TensorFormat.Parse("Q4_0");

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

    [SkippableFact]
    public async Task Kernels_Listing_PrintsTheFunctionsOfAnAssembledKernel()
    {
        var (chosen, reason) = MatMulList.Integer(Format)!.Choose(KernelSelection.FromEnvironment());
        Skip.IfNot(chosen.StartsWith(KernelSelection.Assembled, StringComparison.Ordinal), $"{chosen}: {reason}");
        var run = await Invocation.RunAsync("kernels", Operation, "--listing");
        Assert.Equal(0, run.Code);
        Assert.Contains(chosen == KernelSelection.Assembled ? "matmul int8 Q4_0 rows" : "matmul int8 Q4_0 eight rows", run.Out, StringComparison.Ordinal);
        Assert.Contains("00000  53 ", run.Out, StringComparison.Ordinal);
        Assert.Contains(chosen == KernelSelection.Assembled ? "vpdpbusd" : "vpmaddubsw", run.Out, StringComparison.Ordinal);
        var structured = await Invocation.RunAsync("kernels", Operation, "--listing", "--json");
        using var json = JsonDocument.Parse(structured.Out);
        var functions = Assert.Single(json.RootElement.GetProperty("operations").EnumerateArray()).GetProperty("functions").EnumerateArray().ToList();
        Assert.NotEmpty(functions);
        Assert.All(functions, function =>
        {
            var instructions = function.GetProperty("instructions").EnumerateArray().ToList();
            Assert.Equal(function.GetProperty("bytes").GetInt32(), instructions.Sum(i => i.GetProperty("bytes").GetString()!.Length / 2));
            Assert.Equal("ret", instructions[^1].GetProperty("text").GetString());
        });
    }

    [Fact]
    public async Task Kernels_ListingOfWhatIsNotAssembled_SaysSo()
    {
        var run = await Invocation.RunAsync("kernels", "softmax", "--listing");
        Assert.Equal(2, run.Code);
        Assert.Contains("Nothing to list: softmax computes with", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kernels_ExecutableMemoryRefused_ComputesPortablyAndSaysWhy()
    {
        var (code, output, _) = await ElsewhereAsync(null, "kernels", Operation);
        Assert.Equal(0, code);
        Assert.Contains("portable", output, StringComparison.Ordinal);
        Assert.Contains(AssemblySupport.WhyNot is { } why && !why.Contains(ExecutableMemory.RefusedVariable, StringComparison.Ordinal) ? why : ExecutableMemory.RefusedVariable, output, StringComparison.Ordinal);
        (code, output, _) = await ElsewhereAsync(null, "run", Path.Combine(SharedData.Repository, "models", "starter"), "--prompt", "Once", "-n", "4", "--temperature", "0");
        Assert.Equal(0, code);
        Assert.NotEmpty(output);
    }

    [Fact]
    public async Task Kernels_AssembledForcedWhereExecutableMemoryIsRefused_IsAnErrorWithCodeTwo()
    {
        var (code, output, error) = await ElsewhereAsync(KernelSelection.Assembled, "kernels", Operation);
        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("memory that code may run from", error, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Out, string Error)> ElsewhereAsync(string? kernels, params string[] arguments)
    {
        // In a process of its own: whether code may be assembled is found out once.
        var start = new ProcessStartInfo("dotnet", [typeof(ColibriCommand).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[ExecutableMemory.RefusedVariable] = "1";
        start.Environment[KernelSelection.Variable] = kernels ?? "";
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output, await error);
    }
}
