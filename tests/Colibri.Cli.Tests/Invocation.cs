namespace Colibri.Cli.Tests;

/// <summary>What a command line did: its exit code and what it wrote.</summary>
internal sealed record Invocation(int Code, string Out, string Error)
{
    /// <summary>Standard error's lines.</summary>
    public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command line in this process.</summary>
    public static Task<Invocation> RunAsync(params string[] args) => RunAsync("", args);

    /// <summary>Runs a command line in this process with some standard input.</summary>
    public static Task<Invocation> RunAsync(string input, string[] args, CancellationToken cancellation = default) =>
        OnTerminalAsync(input, terminal => ColibriCommand.RunAsync(args, terminal, cancellation));

    /// <summary>Lets something run on a terminal that nobody watches, and keeps what it writes.</summary>
    public static async Task<Invocation> OnTerminalAsync(string input, Func<Terminal, Task<int>> run)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new Terminal
        {
            Input = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(input)),
            In = new StringReader(input),
            Out = output,
            Error = error,
        };
        var code = await run(terminal);
        return new Invocation(code, output.ToString(), error.ToString());
    }
}
