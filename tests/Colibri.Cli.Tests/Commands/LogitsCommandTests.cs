using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class LogitsCommandTests
{
    [Fact]
    public async Task Logits_OfTheShippedModel_EqualTheIndependentImplementation()
    {
        using var folder = new TemporaryFolder();
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "expected.json")));
        foreach (var sequence in expected.RootElement.GetProperty("prompts").EnumerateArray().Select(p => p.GetProperty("logits")))
        {
            var ids = string.Join(',', sequence.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
            var run = await Invocation.RunAsync("logits", SharedData.Starter, "--ids", ids, "--out", folder["logits.npy"]);
            Assert.Equal("", run.Out);
            Assert.Equal(0, run.Code);
            var (wanted, wantedShape) = Npy.Read(Path.Combine(SharedData.Starter, sequence.GetProperty("file").GetString()!));
            var (got, gotShape) = Npy.Read(folder["logits.npy"]);
            Assert.Equal(wantedShape, gotShape);
            Assert.InRange(wanted.Zip(got, (a, b) => Math.Abs(a - b)).Max(), 0, 2e-4f);
        }
    }

    [Fact]
    public async Task Logits_ThreadsAndActivationsAndCache_GiveTheSameForFloatWeights()
    {
        using var folder = new TemporaryFolder();
        async Task<byte[]> Bytes(params string[] options)
        {
            var run = await Invocation.RunAsync(["logits", SharedData.Starter, "--ids", "1 875 313", "--out", folder["l.npy"], .. options]);
            Assert.Equal("", string.Concat(run.ErrorLines.Where(l => l.StartsWith("colibri", StringComparison.Ordinal))));
            return File.ReadAllBytes(folder["l.npy"]);
        }

        var plain = await Bytes();
        Assert.Equal(plain, await Bytes("--threads", "1"));
        Assert.Equal(plain, await Bytes("--threads", "3"));
        Assert.Equal(plain, await Bytes("--activations", "float"));
        Assert.Equal(plain, await Bytes("--lazy", "on"));
        Assert.Equal(plain, await Bytes("--max-memory", "1.5G"));
        var half = await Bytes("--kv", "f16");
        Assert.NotEqual(plain, half);
        Assert.NotEqual(half, await Bytes("--kv", "q8_0"));
    }

    [Fact]
    public async Task Logits_WeightsThatAreNoNumbers_AreAnErrorAndLeaveNoFile()
    {
        using var folder = new TemporaryFolder();
        var model = DamagedModel.Write(folder, "nan.gguf", "blk.1.ffn_norm.weight", (i, v) => i == 0 ? float.NegativeInfinity : v);
        var run = await Invocation.RunAsync("logits", model, "--ids", "1,2,3", "--out", folder["l.npy"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("tensor 'blk.1.ffn_norm.weight' holds -Infinity in row 0, column 0", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal([model], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Logits_OutputIsPartOfTheModel_IsRefusedAndTheModelStays()
    {
        using var folder = new TemporaryFolder();
        var model = TinyModel.Write(folder, "Q8_0");
        var before = File.ReadAllBytes(model);
        File.CreateSymbolicLink(folder["link.npy"], model);
        foreach (var path in new[] { model, folder["link.npy"] })
        {
            var run = await Invocation.RunAsync("logits", model, "--ids", "1", "--out", path);
            Assert.Equal(2, run.Code);
            Assert.Contains("is the input itself", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(model));
        foreach (var file in Directory.GetFiles(SharedData.Starter))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        Assert.Equal(2, (await Invocation.RunAsync("logits", folder.Path, "--ids", "1", "--out", folder["tokenizer.json"])).Code);
    }

    [Fact]
    public async Task Logits_QuantizedWeights_ActivationsMakeADifference()
    {
        using var folder = new TemporaryFolder();
        var model = TinyModel.Write(folder, "Q8_0");
        foreach (var kind in new[] { "int8", "float" })
        {
            Assert.Equal(0, (await Invocation.RunAsync("logits", model, "--ids", "1,2,3", "--out", folder[kind], "--activations", kind)).Code);
        }

        var (rounded, exact) = (Npy.Read(folder["int8"]).Values, Npy.Read(folder["float"]).Values);
        Assert.NotEqual(exact, rounded);
        Assert.InRange(exact.Zip(rounded, (a, b) => Math.Abs(a - b)).Max(), 0, 0.1f * exact.Max(Math.Abs));
    }

    [Fact]
    public async Task Logits_Json_NamesShapeAndFile()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("logits", SharedData.Starter, "--ids", "[5, 6]", "--out", folder["l.npy"], "--json", "--threads", "2");
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(2, json.RootElement.GetProperty("tokens").GetInt32());
        Assert.Equal(4096, json.RootElement.GetProperty("vocabulary").GetInt32());
        Assert.Equal(2, json.RootElement.GetProperty("threads").GetInt32());
        Assert.Equal(folder["l.npy"], json.RootElement.GetProperty("out").GetString());
    }

    [Theory]
    [InlineData("1,x", "'x' is not a token id")]
    [InlineData("1,-2", "'-2' is not a token id")]
    [InlineData("", "at least one")]
    [InlineData("4096", "4096 is outside the vocabulary")]
    public async Task Logits_BadIds_SaySoAndLeaveNoFile(string ids, string expected)
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("logits", SharedData.Starter, "--ids", ids, "--out", folder["l.npy"]);
        Assert.Equal(2, run.Code);
        Assert.Contains(expected, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Logits_OutCannotBeWritten_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("logits", SharedData.Starter, "--ids", "1", "--out", folder["no/such/folder/l.npy"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("does not exist", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logits_MoreIdsThanTheContext_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var ids = string.Join(',', Enumerable.Repeat(1, 1025));
        var run = await Invocation.RunAsync("logits", SharedData.Starter, "--ids", ids, "--out", folder["l.npy"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("1025", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
