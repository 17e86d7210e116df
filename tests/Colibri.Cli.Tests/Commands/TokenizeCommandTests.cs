using System.Text.Json;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests.Commands;

public sealed class TokenizeCommandTests
{
    private const string Text = "It was a dark night, and the";
    private const string Ids = "1 875 313 261 993 847 14 281 265";

    [Fact]
    public async Task Tokenize_Text_PrintsIdsOneSpaceApart()
    {
        Assert.Equal(Ids + "\n", (await Run(Text)).Out);
        Assert.Equal(Ids + "\n", (await Run(Text, "--ids")).Out);
    }

    [Fact]
    public async Task Tokenize_File_IsTakenByteForByte()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Ids + "\n", (await Run("--file", folder.Write("a.txt", Text))).Out);
        var withLineEnd = (await Run("--file", folder.Write("b.txt", Text + "\n"))).Out;
        Assert.StartsWith(Ids + " ", withLineEnd, StringComparison.Ordinal);
        var back = await Run("--decode", "--file", folder.Write("ids.txt", withLineEnd));
        Assert.Equal(Text + "\n", back.Out);
    }

    [Fact]
    public async Task Tokenize_StandardInput_IsReadWhereNothingIsGiven()
    {
        var run = await Invocation.RunAsync(Text, ["tokenize", SharedData.Starter]);
        Assert.Equal(Ids + "\n", run.Out);
        Assert.Equal("1\n", (await Invocation.RunAsync("", ["tokenize", SharedData.Starter])).Out);
    }

    [Fact]
    public async Task Tokenize_TokenizersFileAlone_IsEnough()
    {
        using var folder = new TemporaryFolder();
        var json = folder.Write("tokenizer.json", File.ReadAllText(Path.Combine(SharedData.Starter, "tokenizer.json")));
        Assert.Equal(Ids + "\n", (await Invocation.RunAsync("", ["tokenize", json, Text])).Out);
        var ranks = folder.Write("gpt2.tiktoken", string.Concat(Enumerable.Range(0, 256).Select(b => $"{Convert.ToBase64String([(byte)b])} {b}\n")));
        Assert.Equal("72 105 50256\n", (await Invocation.RunAsync("", ["tokenize", ranks, "Hi<|endoftext|>"])).Out);
        using var other = new TemporaryFolder();
        var words = other.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\nhi\n##gh\n");
        Assert.Equal("1 3 4 2\n", (await Invocation.RunAsync("", ["tokenize", words, "HIGH"])).Out);
        Assert.Equal("1 3 4 2\n", (await Invocation.RunAsync("", ["tokenize", other.Path, "HIGH"])).Out);
        var broken = await Invocation.RunAsync("", ["tokenize", folder.Write("broken.tiktoken", "YQ== x\n"), "a"]);
        Assert.Equal(2, broken.Code);
        Assert.Contains("broken.tiktoken", broken.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tokenize_Decode_GivesTheTextBack()
    {
        Assert.Equal(Text, (await Run(Ids, "--decode")).Out);
        Assert.Equal(Text, (await Run(Ids.Replace(' ', ','), "--decode")).Out);
    }

    [Fact]
    public async Task Tokenize_NoSpecial_AddsNoneAndReadsNone()
    {
        Assert.Equal(Ids[2..] + "\n", (await Run(Text, "--no-special")).Out);
        Assert.Equal("1 1\n", (await Run("<s>")).Out);
        var spelled = (await Run("<s>", "--no-special")).Out;
        Assert.DoesNotContain(spelled.Split(' ', '\n'), id => id == "1");
        Assert.Equal("<s>", (await Run(spelled, "--decode")).Out);
    }

    [Fact]
    public async Task Tokenize_Json_SpellsEveryToken()
    {
        using var json = JsonDocument.Parse((await Run(Text, "--json")).Out);
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToList();
        Assert.Equal(9, json.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(Ids, string.Join(' ', json.RootElement.GetProperty("ids").EnumerateArray()));
        Assert.Equal(Text, json.RootElement.GetProperty("text").GetString());
        Assert.True(tokens[0].GetProperty("special").GetBoolean());
        Assert.Equal("<s>", tokens[0].GetProperty("token").GetString());
        Assert.All(tokens.Skip(1), t => Assert.False(t.GetProperty("special").GetBoolean()));
    }

    [Theory]
    [InlineData("9 x", "--decode")]
    [InlineData("4096", "--decode")]
    [InlineData("1", "--decode", "--ids")]
    [InlineData("text", "--file", "also.txt")]
    public async Task Tokenize_BadInput_SaysSoAndExitsWithTwo(params string[] args)
    {
        var run = await Run(args);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.InRange(run.ErrorLines.Length, 1, 2);
    }

    [Fact]
    public async Task Tokenize_NoModel_SaysWhatIsMissing()
    {
        var run = await Invocation.RunAsync("tokenize");
        Assert.Equal(2, run.Code);
        Assert.Equal("colibri: MODEL is missing.", run.ErrorLines[0]);
        Assert.Contains("tokenize", run.ErrorLines[1], StringComparison.Ordinal);
    }

    private static Task<Invocation> Run(params string[] args) => Invocation.RunAsync(["tokenize", SharedData.Starter, .. args]);
}
