using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class EvalCommandTests
{
    [Fact]
    public async Task Eval_Text_PrintsThePerplexity()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("eval", SharedData.Starter, "--text", Text(folder), "--context", "32");
        Assert.Equal("", run.Error);
        Assert.Matches(@"^Perplexity +\d+\.\d{4} ± \d+\.\d{4}\n", run.Out);
        Assert.Contains("chunks of 32", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Eval_Json_CountsChunksAndScoredTokens()
    {
        using var folder = new TemporaryFolder();
        using var json = JsonDocument.Parse((await Invocation.RunAsync("eval", "--text", Text(folder), "--context", "16", "--chunks", "3", "--json")).Out);
        var root = json.RootElement;
        Assert.Equal(3, root.GetProperty("chunks").GetInt32());
        Assert.Equal(16, root.GetProperty("context").GetInt32());

        // The second half of a chunk holds 8 tokens, and the last of them predicts nothing that is there.
        Assert.Equal(3 * 7, root.GetProperty("scored_tokens").GetInt64());
        Assert.InRange(root.GetProperty("perplexity").GetDouble(), 1.5, 1000);
        Assert.Equal(JsonValueKind.Null, root.GetProperty("reference").ValueKind);
    }

    [Fact]
    public async Task Eval_ReferenceIsTheModelItself_NothingHasMoved()
    {
        using var folder = new TemporaryFolder();
        var run = await Invocation.RunAsync("eval", "--text", Text(folder), "--context", "32", "--reference", SharedData.Starter, "--json");
        using var json = JsonDocument.Parse(run.Out);
        var reference = json.RootElement.GetProperty("reference");
        Assert.Equal(json.RootElement.GetProperty("perplexity").GetDouble(), reference.GetProperty("perplexity").GetDouble());
        Assert.Equal(1, reference.GetProperty("top1_agreement").GetDouble());
        foreach (var name in new[] { "kl_mean", "kl_p99", "kl_max" })
        {
            Assert.InRange(reference.GetProperty(name).GetDouble(), -1e-6, 1e-6);
        }
    }

    [Fact]
    public async Task Eval_OtherWaysOfComputing_GiveThePerplexity()
    {
        using var folder = new TemporaryFolder();
        var text = Text(folder);
        async Task<double> Perplexity(params string[] options)
        {
            using var json = JsonDocument.Parse((await Invocation.RunAsync(["eval", "--text", text, "--context", "32", "--json", .. options])).Out);
            return json.RootElement.GetProperty("perplexity").GetDouble();
        }

        var plain = await Perplexity();
        Assert.Equal(plain, await Perplexity("--threads", "1"));
        Assert.Equal(plain, await Perplexity("--lazy", "on"));
        Assert.Equal(plain, await Perplexity("--max-memory", "2g"));
        Assert.Equal(plain, await Perplexity("--activations", "float"));
        Assert.Equal(plain, await Perplexity("--kv", "f16"), plain * 0.01);
        Assert.Equal(plain, await Perplexity("--kv", "q8_0"), plain * 0.02);
    }

    [Fact]
    public async Task Eval_WeightsThatAreNoNumbers_NamesModelTensorAndPlace()
    {
        using var folder = new TemporaryFolder();
        var (text, damaged) = (Text(folder), NotANumber(folder));
        foreach (var models in new[] { new[] { damaged }, [damaged, "--json"], [SharedData.Starter, "--reference", damaged], [damaged, "--reference", SharedData.Starter, "--json"] })
        {
            var run = await Invocation.RunAsync(["eval", "--text", text, "--context", "16", .. models]);
            Assert.Equal(2, run.Code);
            Assert.Equal("", run.Out);
            Assert.Equal($"colibri: {damaged}: the model computed values that are not finite numbers: tensor 'blk.0.attn_norm.weight' holds NaN in row 0, column 7. The file is damaged.", Assert.Single(run.ErrorLines));
        }
    }

    [Fact]
    public async Task Eval_PerplexityBeyondAllNumbers_IsNullInJson()
    {
        using var folder = new TemporaryFolder();
        var model = DamagedModel.Write(folder, "loud.gguf", "output_norm.weight", (_, v) => v * 1e5f);
        var run = await Invocation.RunAsync("eval", model, "--reference", model, "--text", Text(folder), "--context", "16", "--chunks", "1", "--json");
        Assert.Equal("", run.Error);
        using var json = JsonDocument.Parse(run.Out);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("perplexity").ValueKind);
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("reference").GetProperty("perplexity").ValueKind);
        Assert.Equal(JsonValueKind.Number, json.RootElement.GetProperty("reference").GetProperty("top1_agreement").ValueKind);
    }

    [Theory]
    [InlineData("--text", "no-such-file.txt")]
    [InlineData("--text", ".")]
    [InlineData("--text", "short", "--context", "512")]
    [InlineData("--text", "short", "--context", "2000")]
    [InlineData("--text", "short", "--context", "1")]
    [InlineData("--text", "short", "--chunks", "0")]
    [InlineData("--text", "short", "--context", "4", "--reference", "no-such-model")]
    [InlineData("--context", "4")]
    public async Task Eval_BadInput_SaysSoAndExitsWithTwo(params string[] options)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("short.txt", "It was a dark night, and the sun was still.");
        var run = await Invocation.RunAsync(["eval", SharedData.Starter, .. options.Select(o => o == "short" ? file : o)]);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
    }

    private static string NotANumber(TemporaryFolder folder) =>
        DamagedModel.Write(folder, "nan.gguf", "blk.0.attn_norm.weight", (i, v) => i == 7 ? float.NaN : v);

    private static string Text(TemporaryFolder folder) => folder.Write(
        "text.txt",
        "It was a dark night, and the rain fell upon the roofs of the old town. \"I have been waiting for you,\" said the " +
        "old man, and he rose from his chair by the fire. \"You have been long upon the road, and you must be very tired. " +
        "Sit down, and tell me what you have seen.\" The young man sat down, and for a long time he said nothing at all.");
}
