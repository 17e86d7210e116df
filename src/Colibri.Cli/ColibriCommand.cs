using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text;
using Colibri.Cli.Commands;

namespace Colibri.Cli;

/// <summary>The whole command: the list of verbs, and what every verb has in common (help, errors, exit codes).</summary>
internal static class ColibriCommand
{
    private const int LongestMessage = 2000;

    /// <summary>What people type.</summary>
    public const string Name = "colibri";

    /// <summary>The work was done.</summary>
    public const int Success = 0;

    /// <summary>The work failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line or an input was wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Someone stopped it (Ctrl-C or a request to end).</summary>
    public const int Interrupted = 130;

    /// <summary>Set on every verb: the whole exception when something goes wrong.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "When something goes wrong, print all details.",
        Recursive = true,
    };

    /// <summary>All verbs below one root. This is the list of verbs.</summary>
    public static Command Build(Terminal terminal) =>
        // Not a RootCommand: that one takes its name from the executable file, which is not always called colibri.
        new(Name, "Runs language models on the processor you have.")
        {
            new RunCommand(terminal),
            new InspectCommand(terminal),
            new TokenizeCommand(terminal),
            new TemplateCommand(terminal),
            new LogitsCommand(terminal),
            new EvalCommand(terminal),
            new ConvertCommand(terminal),
            new SynthCommand(terminal),
            new KernelsCommand(terminal),
            new BenchCommand(terminal),
            new HelpOption { Action = new TeachingHelp() },
            new VersionOption { Action = new VersionLine() },
            Verbose,
        };

    /// <summary>Parses and runs a command line.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation = default) =>
        RunAsync(Build(terminal), args, terminal, cancellation);

    /// <summary>Parses and runs a command line of some command.</summary>
    internal static async Task<int> RunAsync(Command command, IReadOnlyList<string> args, Terminal terminal, CancellationToken cancellation)
    {
        // A text that begins with @ is a text, not a file of options; -abc is not -a -b -c.
        var parsed = command.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        var mistyped = args.Contains("--") ? null : parsed.CommandResult.Children.OfType<ArgumentResult>()
            .SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(LooksLikeAnOption);
        if ((parsed.Errors.Count > 0 || mistyped is not null) && parsed.Action is not (TeachingHelp or VersionLine))
        {
            foreach (var error in Complaints(parsed, mistyped))
            {
                terminal.Error.WriteLine($"{Name}: {OneLine(error)}");
            }

            terminal.Error.WriteLine($"Try '{TeachingHelp.FullName(parsed.CommandResult)} --help'.");
            return WrongInput;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var signals = terminal.TakesSignals ? new SignalHandler(terminal, stopping) : null;
        try
        {
            var code = await parsed.InvokeAsync(configuration, stopping.Token).ConfigureAwait(false);
            await terminal.Out.FlushAsync(CancellationToken.None).ConfigureAwait(false);
            return code;
        }
        catch (Exception e)
        {
            return Report(e, terminal, parsed.GetValue(Verbose));
        }
    }

    /// <summary>Text from a file or a model made safe for one line of a terminal: control characters become spaces.</summary>
    public static string OneLine(string text)
    {
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            safe.Append(char.IsControl(c) ? ' ' : c);
        }

        return safe.ToString().Trim();
    }

    /// <summary>A mistyped option would be taken for a model or a text; words such as -5 or "- milk" are not options.</summary>
    private static bool LooksLikeAnOption(string word) =>
        word.Length > 1 && word[0] == '-' && char.IsAsciiLetter(word.TrimStart('-').FirstOrDefault()) && !word.Any(char.IsWhiteSpace);

    /// <summary>The parser's errors, and in plainer words the ones it words for programmers.</summary>
    private static IEnumerable<string> Complaints(ParseResult parsed, string? mistyped)
    {
        if (mistyped is not null)
        {
            return [$"There is no option '{mistyped}'. (A text or name that begins with a dash goes behind a lone --.)"];
        }

        var verbs = parsed.CommandResult.Command.Subcommands;
        return verbs.Count == 0 ? parsed.Errors.Select(e => e.SymbolResult is ArgumentResult { Tokens.Count: 0, Parent: CommandResult } or CommandResult ? MissingArguments(parsed) ?? e.Message : e.Message).Distinct()
            : parsed.UnmatchedTokens is [var word, ..] ? [$"There is no verb or option '{word}'. Verbs: {string.Join(", ", verbs.Select(v => v.Name))}."]
            : [$"No verb was given. Verbs: {string.Join(", ", verbs.Select(v => v.Name))}."];
    }

    /// <summary>The parser says that an argument is missing, but not which one.</summary>
    private static string? MissingArguments(ParseResult parsed)
    {
        var missing = parsed.CommandResult.Command.Arguments
            .Where(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }).Select(a => a.Name).ToList();
        return missing.Count == 0 ? null : $"{string.Join(" and ", missing)} {(missing.Count == 1 ? "is" : "are")} missing.";
    }

    // What a stranger's file holds may be long.
    private static string Short(string line, bool verbose) =>
        verbose || line.Length <= LongestMessage ? line : $"{line[..LongestMessage]}... (--verbose tells the rest)";

    private static int Report(Exception exception, Terminal terminal, bool verbose)
    {
        var cause = exception is AggregateException { InnerExceptions: [var only] } ? only : exception;
        var (code, line) = cause switch
        {
            InputException => (WrongInput, "colibri: " + Short(OneLine(cause.Message), verbose)),
            OperationCanceledException => (Interrupted, "colibri: interrupted"),
            _ => (Failed, $"colibri failed: {OneLine(cause.Message)}{(verbose ? "" : " (--verbose tells more)")}"),
        };
        terminal.Out.Flush();
        terminal.Error.WriteLine(line);
        if (verbose && code != Interrupted)
        {
            foreach (var detail in (cause as InputException)?.Details ?? [])
            {
                terminal.Error.WriteLine("  " + OneLine(detail));
            }

            terminal.Error.WriteLine(exception);
        }

        return code;
    }
}
