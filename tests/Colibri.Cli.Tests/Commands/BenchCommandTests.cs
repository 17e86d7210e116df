using System.Text.Json;
using Colibri.Cli.Benchmarking;
using Colibri.Execution;
using Colibri.Hardware;
using Colibri.Kernels.Assembly;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class BenchCommandTests
{
    [Fact]
    public async Task Bench_PictureIsPartOfTheModel_IsRefusedAndTheModelStays()
    {
        using var folder = new TemporaryFolder();
        foreach (var file in Directory.GetFiles(SharedData.Starter))
        {
            File.Copy(file, folder[Path.GetFileName(file)]);
        }

        var before = File.ReadAllBytes(folder["config.json"]);
        var run = await Invocation.RunAsync("bench", folder.Path, "--profile", "--profile-svg", folder["config.json"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("is the input itself", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(folder["config.json"]));
    }

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
    public void ShareOfArithmetic_OfEachKind_IsOfItsOwnCeiling()
    {
        static MachineCeiling At(double rate) => new("", "operations/s", [new MeasuredRate(1, rate, rate)]);
        var ceilings = new MachineCeilings(At(1e12), At(100), At(400), At(200));
        var phase = new PhaseResult("prompt", 1, 10, [10], new StepCost(0, 0, 1, 0, BrainFloatOperations: 50), null, null);
        var row = new ProfileRow("linear", "", 1, TimeSpan.FromSeconds(1), TimeSpan.Zero, phase.Cost);

        Assert.Equal(0.25, phase.ShareOfArithmetic(ceilings, 1));
        Assert.Equal(0.25, phase.ShareOfRoofline(ceilings, 1));
        Assert.Equal((0.25, "bf16"), (row.ShareOfRoofline(ceilings, 1), row.Bound(ceilings, 1)));

        // Where no ceiling of its own was measured, the float32 one stands in.
        Assert.Equal(0.5, phase.ShareOfArithmetic(ceilings with { BrainFloat = null }, 1));
        Assert.Equal("float32", (row with { Cost = new StepCost(100, 50, 1, 0, 60) }).Bound(ceilings, 1));
        Assert.Equal("int8", (row with { Cost = new StepCost(400, 50, 1, 0, 60) }).Bound(ceilings, 1));
    }

    [Fact]
    public async Task Bench_BrainFloatModel_CountsItsOwnKindOfArithmetic()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("bench", TinyModel.Write(folder, "BF16"), "--prompt", "8", "--generate", "1", "--repeat", "1", "--threads", "1", "--json");
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(AssemblySupport.BrainFloat, json.RootElement.GetProperty("model").GetProperty("prompt").GetProperty("bf16_operations").GetDouble() > 0);
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

    [Fact]
    public async Task Bench_Batch_IsMeasuredBesideOneSequence()
    {
        using var folder = new TemporaryFolder();
        string[] args = ["bench", TinyModel.Write(folder, "Q4_0"), "--prompt", "4", "--generate", "5", "--batch", "3", "--repeat", "3"];
        var run = await Invocation.RunAsync([.. args, "--json"]);
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        var model = json.RootElement.GetProperty("model");
        var (one, batch) = (model.GetProperty("generate"), model.GetProperty("batch"));
        Assert.Equal(3, batch.GetProperty("sequences").GetInt32());
        Assert.Equal(15, batch.GetProperty("tokens").GetInt32());
        var rate = batch.GetProperty("median_tokens_per_second").GetDouble();
        Assert.Equal(rate / 3, batch.GetProperty("median_tokens_per_second_of_a_sequence").GetDouble(), 0.01);
        Assert.True(batch.GetProperty("times_one_sequence").GetDouble() > 0);

        // Three sequences share the weights, and each multiplies with them and has keys and values of its own.
        Assert.Equal(3 * one.GetProperty("integer_operations").GetDouble(), batch.GetProperty("integer_operations").GetDouble());
        Assert.InRange(batch.GetProperty("bytes").GetDouble(), one.GetProperty("bytes").GetDouble(), 2 * one.GetProperty("bytes").GetDouble());

        var text = await Invocation.RunAsync(args);
        Assert.Contains("generate x 3", text.Out, StringComparison.Ordinal);
        Assert.Contains("a sequence", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_Length_IsReadWithEveryToken()
    {
        using var folder = new TemporaryFolder();
        var model = TinyModel.Write(folder, "Q4_0");
        async Task<double> Bytes(params string[] options)
        {
            var run = await Invocation.RunAsync(["bench", model, "--prompt", "4", "--generate", "2", "--repeat", "1", "--batch", "2", "--json", .. options]);
            Assert.Equal(0, run.Code);
            using var json = JsonDocument.Parse(run.Out);
            return json.RootElement.GetProperty("model").GetProperty("generate").GetProperty("bytes").GetDouble();
        }

        // 64 values of keys and of values in two layers, float32, for 59 positions more and two tokens.
        Assert.Equal(2 * 2 * 64 * 4 * 59 * 2, await Bytes("--length", "60") - await Bytes("--length", "1"));
        var run = await Invocation.RunAsync(["bench", model, "--prompt", "4", "--length", "127", "--generate", "9"]);
        Assert.Equal(2, run.Code);
        Assert.Contains("context holds 128 tokens, and 137 are needed", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_Profile_NamesEveryOperationAndTheGaps()
    {
        using var folder = new TemporaryFolder();
        string[] args = ["bench", TinyModel.Write(folder, "Q4_0"), "--prompt", "8", "--generate", "3", "--repeat", "1", "--batch", "2"];
        var run = await Invocation.RunAsync([.. args, "--profile"]);
        Assert.Equal(0, run.Code);
        foreach (var word in new[] { "attn_q+attn_k+attn_v", "ffn_gate+ffn_up", "attention", "norm", "(between operations)", "(choosing tokens)", "(scheduling)", "of its bound", "GB/s", "GOP/s", "100 %" })
        {
            Assert.Contains(word, run.Out, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("block 1", run.Out, StringComparison.Ordinal);
        Assert.Contains("block 1", (await Invocation.RunAsync([.. args, "--profile-blocks"])).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_ProfileJson_AddsUpToThePhase()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("bench", TinyModel.Write(folder, "Q4_0"), "--prompt", "8", "--generate", "3", "--repeat", "3", "--batch", "2", "--profile", "--json");
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        foreach (var (name, steps) in new[] { ("prompt", 1), ("generate", 3), ("batch", 3) })
        {
            var phase = json.RootElement.GetProperty("model").GetProperty(name);
            var profile = phase.GetProperty("profile");
            Assert.Equal(steps, profile.GetProperty("steps").GetInt32());
            var operations = profile.GetProperty("operations").EnumerateArray().ToList();
            foreach (var count in new[] { "integer_operations", "float_operations", "bytes" })
            {
                Assert.Equal(phase.GetProperty(count).GetDouble(), operations.Sum(o => o.GetProperty(count).GetDouble()));
            }

            double Sum(string list) => profile.GetProperty(list).EnumerateArray().Sum(o => o.GetProperty("ms").GetDouble());
            var all = profile.GetProperty("ms").GetDouble();
            Assert.InRange(Sum("operations") + Sum("gaps"), 0.9 * all - 0.1, 1.5 * all + 0.1);
            Assert.Equal(Sum("operations"), Sum("blocks"), 0.05);
            Assert.Equal(["embedding", "block 0", "block 1", "head"], profile.GetProperty("blocks").EnumerateArray().Select(b => b.GetProperty("name").GetString()));
            var product = operations.Single(o => o.GetProperty("weights").GetString() == "ffn_gate+ffn_up");
            Assert.Equal(2 * steps, product.GetProperty("calls").GetInt32());
            Assert.Contains(product.GetProperty("bound").GetString(), new[] { "memory", "int8" });
            Assert.True(product.GetProperty("share_of_roofline").GetDouble() > 0);
        }
    }

    [Fact]
    public async Task Bench_ProfileSvg_IsAPictureThatStandsAlone()
    {
        using var folder = new TemporaryFolder();
        var path = folder["profile <1>.svg"];
        var run = await Invocation.RunAsync("bench", SharedData.Starter, "--prompt", "8", "--generate", "2", "--repeat", "1", "--profile-svg", path);
        Assert.Equal(0, run.Code);
        Assert.Contains(path, run.Error, StringComparison.Ordinal);
        var text = await File.ReadAllTextAsync(path);
        var svg = System.Xml.Linq.XDocument.Parse(text).Root!;
        Assert.Equal("svg", svg.Name.LocalName);
        var words = svg.Descendants().Where(e => e.Name.LocalName is "text" or "title").Select(e => e.Value).ToList();
        foreach (var word in new[] { "prompt: 8 tokens", "generate:", "mlp.gate_proj+up_proj", "tokenizing", "scheduling", "head" })
        {
            Assert.Contains(words, w => w.Contains(word, StringComparison.Ordinal));
        }

        // Nothing is fetched and nothing runs.
        Assert.DoesNotContain("script", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("href", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("url(", text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Path.GetDirectoryName(SharedData.Starter)!, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bench_Compare_MeasuresSideBySide()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (TinyModel.Write(folder, "Q4_0"), TinyModel.Write(folder, "Q8_0"));
        string[] args = ["bench", first, "--prompt", "4", "--generate", "2", "--repeat", "2", "--threads", "1"];
        var run = await Invocation.RunAsync([.. args, "--compare", second, "--compare", "kernels=reference", "--compare", "threads=2", "--json"]);
        Assert.Equal(0, run.Code);
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(first, json.RootElement.GetProperty("model").GetProperty("path").GetString());
        var compared = json.RootElement.GetProperty("compared").EnumerateArray().ToList();
        Assert.Equal([second, first, first], compared.Select(c => c.GetProperty("path").GetString()));
        Assert.Equal([null, "kernels=reference", "threads=2"], compared.Select(c => c.GetProperty("setting").GetString()));
        Assert.Equal("reference", compared[1].GetProperty("kernels").GetString());
        Assert.Equal([1, 1, 2], compared.Select(c => c.GetProperty("threads").GetInt32()));
        Assert.All(compared, c => Assert.True(c.GetProperty("generate").GetProperty("times_the_first").GetDouble() > 0));

        var text = await Invocation.RunAsync([.. args, "--compare", "kv=f16", "--compare", "activations=float"]);
        foreach (var word in new[] { "to the first", "1.00x", "kv=f16", "activations=float", "for all of them together" })
        {
            Assert.Contains(word, text.Out, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("colour=blue")]
    [InlineData("kernels=")]
    [InlineData("kernels=fast")]
    [InlineData("kv=q4")]
    [InlineData("threads=0")]
    [InlineData("no-such-model.gguf")]
    public async Task Bench_CompareWithNonsense_SaysSoAndExitsWithTwo(string other)
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("bench", TinyModel.Write(folder, "Q4_0"), "--prompt", "2", "--generate", "1", "--repeat", "1", "--compare", other);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(other[(other.IndexOf('=', StringComparison.Ordinal) + 1)..], Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--profile")]
    [InlineData("--batch", "4")]
    [InlineData("--prompt", "4")]
    [InlineData("--compare", "other.gguf")]
    public async Task Bench_OptionsOfAModelWithoutOne_SaySo(params string[] args)
    {
        var run = await Invocation.RunAsync(["bench", .. args]);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(args[0], run.ErrorLines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no-such-model.gguf")]
    [InlineData("starter", "--prompt", "0")]
    [InlineData("starter", "--generate", "0")]
    [InlineData("starter", "--repeat", "0")]
    [InlineData("starter", "--batch", "0")]
    [InlineData("starter", "--batch", "513")]
    [InlineData("starter", "--length", "0")]
    [InlineData("starter", "--profile-svg", "no-such-folder/profile.svg")]
    [InlineData("starter", "--prompt", "5000")]
    public async Task Bench_BadInput_SaysSoAndExitsWithTwo(params string[] args)
    {
        var run = await Invocation.RunAsync(["bench", .. args.Select(a => a == "starter" ? SharedData.Starter : a)]);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
    }
}
