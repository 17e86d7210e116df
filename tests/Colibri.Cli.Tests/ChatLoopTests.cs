using Xunit;

namespace Colibri.Cli.Tests;

public sealed class ChatLoopTests
{
    private const string Line = "It was a dark night, and the";
    private const string Answer = " sun was still in the";

    [Fact]
    public async Task Chat_LinesAndCommands_AreAnsweredAndObeyed()
    {
        var run = await TalkAsync(["run", "--temperature", "0", "-n", "5"], $"{Line}\n\n/reset\n{Line}\n/help\n/history\n/dance\n/system\n{Line}\n/exit\nnot read\n");
        Assert.Equal(0, run.Code);
        Assert.Equal($"{Answer}\n{Answer}\n{Answer}\n", run.Out);
        foreach (var word in new[] { "continues the text", "A new conversation", "/system TEXT", $"user: {Line}\nassistant: {Answer}\n", "There is no /dance" })
        {
            Assert.Contains(word, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Chat_EndOfInput_EndsTheProgram()
    {
        var run = await TalkAsync(["run", "--temperature", "0", "-n", "5"], Line);
        Assert.Equal(0, run.Code);
        Assert.Equal(Answer + "\n", run.Out);
    }

    [Fact]
    public async Task Chat_ConversationTooLong_SaysSoAndGoesOn()
    {
        var run = await TalkAsync(["run", "--temperature", "0", "-n", "5", "--context", "32"], $"{string.Join(' ', Enumerable.Repeat("night", 40))}\n{Line}\n");
        Assert.Equal(0, run.Code);
        Assert.Equal(Answer + "\n", run.Out);
        Assert.Contains("32", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Chat_InterruptedAnswer_GoesOn()
    {
        Terminal? terminal = null;
        using var input = new LinesThatInterrupt(Line, () => terminal!);
        using var output = new StringWriter();
        terminal = new Terminal { Input = Stream.Null, In = input, Out = input.Watch(output), Error = TextWriter.Null, PersonTypes = true };
        Assert.Equal(0, await ColibriCommand.RunAsync(["run", "--temperature", "0"], terminal));

        // The first answer was stopped; the second line was read and answered behind it.
        Assert.Contains(" ...", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(3, input.LinesRead);
        Assert.False(terminal.Interrupt());
    }

    [Fact]
    public async Task Chat_CancelledFromOutside_EndsTheProgram()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        using var never = new NeverEndingInput();
        using var terminal = new Terminal { Input = Stream.Null, In = never, Out = TextWriter.Null, Error = TextWriter.Null, PersonTypes = true };
        Assert.Equal(130, await ColibriCommand.RunAsync(["run"], terminal, source.Token));
        never.Release();
    }

    private static async Task<Invocation> TalkAsync(string[] args, string input)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new Terminal { Input = Stream.Null, In = new StringReader(input), Out = output, Error = error, PersonTypes = true };
        var code = await ColibriCommand.RunAsync(args, terminal);
        return new Invocation(code, output.ToString(), error.ToString());
    }

    /// <summary>Two lines; while the first is answered, Ctrl-C comes.</summary>
    private sealed class LinesThatInterrupt(string line, Func<Terminal> terminal) : TextReader
    {
        public int LinesRead { get; private set; }

        public override string? ReadLine() => ++LinesRead <= 2 ? line : null;

        public TextWriter Watch(TextWriter inner) => new Watching(this, inner);

        private sealed class Watching(LinesThatInterrupt owner, TextWriter inner) : TextWriter
        {
            public override System.Text.Encoding Encoding => inner.Encoding;

            public override void Write(char value) => inner.Write(value);

            public override void Write(string? value)
            {
                inner.Write(value);
                if (owner.LinesRead == 1)
                {
                    owner.Interrupt();
                }
            }
        }

        private void Interrupt() => terminal().Interrupt();
    }

    private sealed class NeverEndingInput : TextReader
    {
        private readonly ManualResetEventSlim _released = new();

        public void Release() => _released.Set();

        public override string? ReadLine()
        {
            _released.Wait();
            return null;
        }
    }
}
