using System.CommandLine;
using Colibri.TestData;
using Xunit;

namespace Colibri.Cli.Tests;

public sealed class ColibriCommandTests
{
    [Fact]
    public async Task Run_Help_ListsEveryVerbAndTheExitCodes()
    {
        var run = await Invocation.RunAsync("--help");
        Assert.Equal(0, run.Code);
        Assert.Contains("colibri [command]", run.Out, StringComparison.Ordinal);
        Assert.Contains("Exit codes", run.Out, StringComparison.Ordinal);
        using var terminal = Silent();
        Assert.All(ColibriCommand.Build(terminal).Subcommands, verb => Assert.Contains($"\n  {verb.Name} ", run.Out, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_HelpOfEveryVerb_ShowsOptionsAndExamples()
    {
        using var terminal = Silent();
        foreach (var verb in ColibriCommand.Build(terminal).Subcommands)
        {
            var run = await Invocation.RunAsync(verb.Name, "--help");
            Assert.Equal(0, run.Code);
            Assert.Contains("Examples:\n", run.Out, StringComparison.Ordinal);
            Assert.All(verb.Options, option => Assert.Contains(option.Name, run.Out, StringComparison.Ordinal));
            Assert.All(verb.Options.Concat<Symbol>(verb.Arguments), symbol => Assert.False(string.IsNullOrWhiteSpace(symbol.Description), $"{verb.Name} {symbol.Name}"));
        }
    }

    [Fact]
    public void Examples_OfEveryVerb_AreValidCommandLines()
    {
        using var terminal = Silent();
        var command = ColibriCommand.Build(terminal);
        foreach (var (line, says) in command.Subcommands.Cast<Verb>().SelectMany(v => v.Examples))
        {
            Assert.StartsWith("colibri ", line, StringComparison.Ordinal);
            Assert.NotEmpty(says);
            var parsed = command.Parse(System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line).Skip(1).ToArray());
            Assert.True(parsed.Errors.Count == 0, $"{line}: {string.Join(" ", parsed.Errors.Select(e => e.Message))}");
        }
    }

    [Fact]
    public async Task Run_Version_PrintsOneLine()
    {
        var run = await Invocation.RunAsync("--version");
        Assert.Equal(0, run.Code);
        Assert.Matches(@"^colibri \d+\.\d+\.\d+\S*\n$", run.Out);
    }

    [Theory]
    [InlineData("No verb was given. Verbs: run, ")]
    [InlineData("IN and OUT are missing", "convert")]
    [InlineData("OUT is missing", "convert", "in.bin")]
    [InlineData("'--out' is required", "logits", "--ids", "1")]
    [InlineData("no verb or option 'bnech'", "bnech")]
    [InlineData("--nope", "bench", "--nope")]
    [InlineData("no option '--idz'", "tokenize", "model.gguf", "--idz")]
    [InlineData("no option '-x'", "bench", "-x", "--threads", "2")]
    [InlineData("'many' is not a whole number from 1 to 256", "bench", "--threads", "many")]
    [InlineData("'0' is not a whole number from 1 to 256", "bench", "--threads", "0")]
    [InlineData("'-1' is not a whole number from 1 to 256", "bench", "--threads=-1")]
    [InlineData("'1e9' is not a whole number from 1 to 256", "bench", "--threads", "1e9")]
    public async Task Run_WrongCommandLine_SaysSoAndExitsWithTwo(string expected, params string[] args)
    {
        var run = await Invocation.RunAsync(args);
        Assert.Equal(2, run.Code);
        Assert.Empty(run.Out);
        Assert.Contains(expected, run.ErrorLines[0], StringComparison.Ordinal);
        Assert.Matches("^Try 'colibri( bench| tokenize| convert| logits)? --help'.$", run.ErrorLines[^1]);
    }

    [Fact]
    public async Task Run_TextThatBeginsWithADash_IsATextWhereItCannotBeAnOption()
    {
        foreach (var text in new[] { "- milk", "-5", "--- a line ---" })
        {
            Assert.Equal(0, (await Invocation.RunAsync("tokenize", SharedData.Starter, text)).Code);
        }

        var ids = await Invocation.RunAsync("tokenize", "--", SharedData.Starter, "--idz");
        Assert.Equal("--idz", (await Invocation.RunAsync("tokenize", SharedData.Starter, ids.Out, "--decode")).Out);
    }

    [Fact]
    public async Task Run_WrongInput_IsOneLineAndExitsWithTwo()
    {
        var run = await Throwing(new InputException("model.gguf: bad\n\u001b[31mmagic"));
        Assert.Equal(2, run.Code);
        Assert.Equal("colibri: model.gguf: bad  [31mmagic\n", run.Error);
    }

    [Fact]
    public async Task Run_Failure_IsOneLineAndExitsWithOne()
    {
        var run = await Throwing(new IOException("No space left on device"));
        Assert.Equal(1, run.Code);
        Assert.Equal("colibri failed: No space left on device (--verbose tells more)\n", run.Error);
    }

    [Fact]
    public async Task Run_FailureVerbose_PrintsTheStack()
    {
        var run = await Throwing(new IOException("No space left on device"), "--verbose");
        Assert.Equal(1, run.Code);
        Assert.Equal("colibri failed: No space left on device", run.ErrorLines[0]);
        Assert.Contains("System.IO.IOException", run.Error, StringComparison.Ordinal);
        Assert.Contains("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_WrongInputVerbose_ListsEveryFault()
    {
        var error = new InputException("m.gguf: tensors are missing: a; and 1 more.") { Details = ["a is missing", "b is [1], expected [2]"] };
        Assert.Equal("colibri: m.gguf: tensors are missing: a; and 1 more.\n", (await Throwing(error)).Error);
        var run = await Throwing(error, "--verbose");
        Assert.Equal(2, run.Code);
        Assert.Equal(["colibri: m.gguf: tensors are missing: a; and 1 more.", "  a is missing", "  b is [1], expected [2]"], run.ErrorLines[..3]);
    }

    [Fact]
    public async Task Run_MessageAsLongAsAFile_IsCut()
    {
        var error = new InputException("m.gguf: 'model' is '" + new string('x', 1 << 20) + "'");
        Assert.Equal(2000 + "colibri: ... (--verbose tells the rest)\n".Length, (await Throwing(error)).Error.Length);
        Assert.Equal("colibri: " + error.Message, (await Throwing(error, "--verbose")).ErrorLines[0]);
    }

    [Fact]
    public async Task Run_Interrupted_IsOneLineAndExitsWith130()
    {
        var run = await Throwing(new OperationCanceledException());
        Assert.Equal(130, run.Code);
        Assert.Equal("colibri: interrupted\n", run.Error);
    }

    [Fact]
    public async Task Run_CancelledFromOutside_StopsTheVerb()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        var run = await Invocation.RunAsync("", ["bench"], source.Token);
        Assert.Equal(130, run.Code);
        Assert.Empty(run.Out);
    }

    private static Terminal Silent() => new() { Input = Stream.Null, In = TextReader.Null, Out = TextWriter.Null, Error = TextWriter.Null };

    private static Task<Invocation> Throwing(Exception exception, params string[] more) => Invocation.OnTerminalAsync("", terminal =>
    {
        var root = new Command("colibri") { new ThrowingVerb(terminal, exception), ColibriCommand.Verbose };
        return ColibriCommand.RunAsync(root, ["throw", .. more], terminal, CancellationToken.None);
    });

    private sealed class ThrowingVerb(Terminal terminal, Exception exception) : Verb("throw", "Throws.", terminal)
    {
        public override IReadOnlyList<(string, string)> Examples => [];

        protected override Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation) => throw exception;
    }
}
