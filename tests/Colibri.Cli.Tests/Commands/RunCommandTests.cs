using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class RunCommandTests
{
    private const string Prompt = "It was a dark night, and the";

    /// <summary>What an independent implementation writes after the prompts, always taking the likeliest token.</summary>
    private static readonly (string Prompt, string Text, int[] Ids)[] Expected = ReadExpected();

    [Fact]
    public async Task Run_ShippedModelGreedy_WritesTheExpectedText()
    {
        foreach (var (prompt, text, ids) in Expected)
        {
            var run = await Invocation.RunAsync("run", "--prompt", prompt, "-n", $"{ids.Length}", "--temperature", "0");
            Assert.Equal("", run.Error);
            Assert.Equal(0, run.Code);
            Assert.Equal(text + "\n", run.Out);
        }
    }

    [Fact]
    public async Task Run_Json_HasEveryMember()
    {
        var (_, text, ids) = Expected[0];
        using var json = await Json("--prompt", Prompt, "-n", $"{ids.Length}", "--temperature", "0", "--threads", "2");
        var root = json.RootElement;
        Assert.Equal(text, root.GetProperty("text").GetString());
        Assert.Equal(ids, root.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
        Assert.Equal("length", root.GetProperty("finish_reason").GetString());
        Assert.Equal(9, root.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(ids.Length, root.GetProperty("generated_tokens").GetInt32());
        Assert.Equal(2, root.GetProperty("threads").GetInt32());
        Assert.NotEmpty(root.GetProperty("kernels").GetString()!);
        Assert.EndsWith("starter", root.GetProperty("model").GetString(), StringComparison.Ordinal);
        foreach (var number in new[] { "load_ms", "prompt_tokens_per_second", "generate_tokens_per_second", "peak_memory_bytes" })
        {
            Assert.True(root.GetProperty(number).GetDouble() > 0, number);
        }
    }

    [Fact]
    public async Task Run_ModelByPathAndPromptFile_IsTheSame()
    {
        var (_, text, ids) = Expected[0];
        using var folder = new TemporaryFolder();
        var file = folder.Write("prompt.txt", Prompt);
        var run = await Invocation.RunAsync("run", SharedData.Starter, "--prompt-file", file, "--tokens", $"{ids.Length}", "--temperature", "0");
        Assert.Equal(text + "\n", run.Out);
        run = await Invocation.RunAsync(Prompt, ["run", "--prompt-file", "-", "-n", $"{ids.Length}", "--temperature", "0"]);
        Assert.Equal(text + "\n", run.Out);
    }

    [Fact]
    public async Task Run_Seed_GivesTheSameTextAgainAndAnotherSeedAnother()
    {
        async Task<string> Text(string seed)
        {
            using var json = await Json("--prompt", Prompt, "-n", "24", "--temperature", "1", "--seed", seed);
            Assert.Equal(ulong.Parse(seed), json.RootElement.GetProperty("seed").GetUInt64());
            return json.RootElement.GetProperty("text").GetString()!;
        }

        var seven = await Text("7");
        Assert.Equal(seven, await Text("7"));
        Assert.NotEqual(seven, await Text("18446744073709551615"));
    }

    [Theory]
    [InlineData("--top-k", "1")]
    [InlineData("--top-p", "1e-9")]
    [InlineData("--min-p", "1")]
    public async Task Run_NarrowestChoice_IsTheLikeliestToken(params string[] option)
    {
        using var json = await Json(["--prompt", Prompt, "-n", "16", "--temperature", "1", .. option]);
        Assert.Equal(Expected[0].Ids[..16], json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()));
    }

    [Fact]
    public async Task Run_RepeatPenalty_KeepsTokensFromComingAgain()
    {
        using var json = await Json("--prompt", Prompt, "-n", "40", "--temperature", "0", "--repeat-penalty", "100");
        var ids = json.RootElement.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32()).ToList();
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.NotEqual(Expected[0].Ids.Length, Expected[0].Ids.Distinct().Count());
    }

    [Fact]
    public async Task Run_Stop_EndsBeforeTheText()
    {
        using var json = await Json("--prompt", Prompt, "-n", "48", "--temperature", "0", "--stop", "zzz", "--stop", "sunlight");
        Assert.Equal(" sun was still in the ", json.RootElement.GetProperty("text").GetString());
        Assert.Equal("stop", json.RootElement.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public async Task Run_Constraints_ShapeTheAnswer()
    {
        using var folder = new TemporaryFolder();
        var schema = folder.Write("schema.json", """{"type": "object", "properties": {"night": {"enum": ["dark", "light"]}, "hours": {"type": "integer", "minimum": 3, "maximum": 9}}, "required": ["night", "hours"]}""");
        var grammar = folder.Write("answer.gbnf", "root ::= (\"yes\" | \"no\") \", \" [a-z]+ \".\"");
        async Task<string> Answer(params string[] options)
        {
            using var json = await Json(["--prompt", Prompt, "-n", "60", "--seed", "1", .. options]);
            Assert.Equal("stop", json.RootElement.GetProperty("finish_reason").GetString());
            return json.RootElement.GetProperty("text").GetString()!;
        }

        using (var answer = JsonDocument.Parse(await Answer("--json-schema", schema)))
        {
            Assert.Contains(answer.RootElement.GetProperty("night").GetString(), new[] { "dark", "light" });
            Assert.InRange(answer.RootElement.GetProperty("hours").GetInt32(), 3, 9);
        }

        Assert.Matches("^(yes|no), [a-z]+\\.$", await Answer("--grammar", grammar));
        Assert.Matches("^[A-Z][a-z]{2,8}$", await Answer("--regex", "[A-Z][a-z]{2,8}"));
    }

    [Fact]
    public async Task Run_FaultyConstraint_IsNamedWithItsFile()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("faulty.txt", "{");
        foreach (var option in new[] { "--json-schema", "--grammar" })
        {
            var run = await Invocation.RunAsync("run", "--prompt", "a", option, file);
            Assert.Equal(2, run.Code);
            Assert.Contains(file, Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Run_EmptyPrompt_StartsFromTheBeginningOfText()
    {
        using var json = await Json("--prompt", "", "-n", "5", "--temperature", "0");
        Assert.Equal(1, json.RootElement.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(5, json.RootElement.GetProperty("generated_tokens").GetInt32());
    }

    [Fact]
    public async Task Run_ContextFills_EndsThere()
    {
        using var json = await Json("--prompt", Prompt, "--temperature", "0", "--context", "12");
        Assert.Equal(3, json.RootElement.GetProperty("generated_tokens").GetInt32());
        Assert.Equal("length", json.RootElement.GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("--kv", "f16")]
    [InlineData("--kv", "q8_0")]
    [InlineData("--activations", "float")]
    [InlineData("--threads", "1")]
    [InlineData("--lazy", "on")]
    [InlineData("--lazy", "off")]
    public async Task Run_OtherWaysOfComputing_WriteTheSameText(params string[] option)
    {
        var (_, text, ids) = Expected[0];
        var run = await Invocation.RunAsync(["run", "--prompt", Prompt, "-n", $"{ids.Length}", "--temperature", "0", .. option]);
        Assert.Equal(text + "\n", run.Out);
    }

    [Fact]
    public async Task Run_MaxMemory_IsHeldOrRefused()
    {
        var (_, text, ids) = Expected[0];
        string[] args = ["run", "--prompt", Prompt, "-n", $"{ids.Length}", "--temperature", "0", "--max-memory"];
        Assert.Equal(text + "\n", (await Invocation.RunAsync([.. args, "2G"])).Out);
        foreach (var (size, expected) in new[] { ("1M", "Allow more"), ("2X", "is not a size"), ("-1", "is not a size"), ("G", "is not a size") })
        {
            var run = await Invocation.RunAsync([.. args, size]);
            Assert.Equal(2, run.Code);
            Assert.Contains(expected, run.ErrorLines[0], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--temperature", "-1")]
    [InlineData("--temperature", "hot")]
    [InlineData("--temperature", "NaN")]
    [InlineData("--top-k", "-1")]
    [InlineData("--top-p", "0")]
    [InlineData("--top-p", "1.1")]
    [InlineData("--min-p", "2")]
    [InlineData("--repeat-penalty", "0")]
    [InlineData("--seed", "-1")]
    [InlineData("--seed", "x")]
    [InlineData("-n", "-1")]
    [InlineData("--context", "0")]
    [InlineData("--threads", "0")]
    [InlineData("--kv", "f8")]
    [InlineData("--lazy", "maybe")]
    [InlineData("--activations", "int4")]
    [InlineData("--context", "2000")]
    [InlineData("--stop", "")]
    [InlineData("--regex", "(")]
    [InlineData("--regex", "a", "--grammar", "g.gbnf")]
    [InlineData("--grammar", "no-such-file.gbnf")]
    [InlineData("--prompt-file", "also.txt")]
    public async Task Run_BadOption_SaysSoAndExitsWithTwo(params string[] option)
    {
        var run = await Invocation.RunAsync(["run", "--prompt", "a", .. option]);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.StartsWith("colibri: ", run.ErrorLines[0], StringComparison.Ordinal);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
    }

    [Fact]
    public async Task Run_NoPromptAndNobodyThere_SaysWhatToGive()
    {
        var run = await Invocation.RunAsync("run");
        Assert.Equal(2, run.Code);
        Assert.Contains("--prompt", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PromptLongerThanTheContext_SaysSo()
    {
        var run = await Invocation.RunAsync("run", "--prompt", string.Join(' ', Enumerable.Repeat("night", 2000)));
        Assert.Equal(2, run.Code);
        Assert.Contains("1024", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PromptFileMissing_SaysSo()
    {
        var run = await Invocation.RunAsync("run", "--prompt-file", "no-such-file.txt");
        Assert.Equal(2, run.Code);
        Assert.Contains("no-such-file.txt", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static async Task<JsonDocument> Json(params string[] options)
    {
        var run = await Invocation.RunAsync(["run", "--json", .. options]);
        Assert.Equal("", run.Error);
        Assert.Equal(0, run.Code);
        return JsonDocument.Parse(run.Out);
    }

    private static (string, string, int[])[] ReadExpected()
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedData.Starter, "expected.json")));
        return [.. json.RootElement.GetProperty("prompts").EnumerateArray().Select(p => (
            p.GetProperty("prompt").GetString()!,
            p.GetProperty("greedy_text").GetString()!,
            p.GetProperty("greedy_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray()))];
    }
}
