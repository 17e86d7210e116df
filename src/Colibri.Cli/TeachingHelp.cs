using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Colibri.Cli;

/// <summary>The parser's own help page, followed by the verb's examples.</summary>
internal sealed class TeachingHelp : SynchronousCommandLineAction
{
    private readonly HelpAction _page = new() { MaxWidth = 110 };

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        _page.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is Verb { Examples: { Count: > 0 } examples })
        {
            output.WriteLine("Examples:");
            foreach (var (line, says) in examples)
            {
                output.WriteLine($"  # {says}");
                output.WriteLine($"  {line}");
            }

            output.WriteLine();
        }
        else if (parseResult.CommandResult.Parent is null)
        {
            output.WriteLine("'colibri VERB --help' shows a verb's options, defaults and examples.");
            output.WriteLine("Exit codes: 0 done, 1 the work failed, 2 the command line or an input was wrong, 130 interrupted.");
            output.WriteLine();
        }

        return ColibriCommand.Success;
    }

    /// <summary>The words that lead to a command, for example <c>colibri bench</c>.</summary>
    public static string FullName(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{FullName(parent)} {result.Command.Name}" : result.Command.Name;
}
