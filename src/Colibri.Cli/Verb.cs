using System.CommandLine;

namespace Colibri.Cli;

/// <summary>One verb of the command: its options, its examples, and what it does.</summary>
internal abstract class Verb : Command
{
    /// <summary>Declares the verb.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="description">What it does, in a sentence or two.</param>
    /// <param name="terminal">Where it reads and writes.</param>
    protected Verb(string name, string description, Terminal terminal) : base(name, description)
    {
        Terminal = terminal;

        // The work is done on another thread than the one that waits, so that Ctrl-C is answered at once.
        SetAction((parsed, cancellation) => Task.Run(() => RunAsync(parsed, cancellation), CancellationToken.None));
    }

    /// <summary>Command lines that work, each with a few words on what it does.</summary>
    public abstract IReadOnlyList<(string Line, string Says)> Examples { get; }

    /// <summary>Where the verb reads and writes.</summary>
    protected Terminal Terminal { get; }

    /// <summary>Does the work.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="cancellation">Set by Ctrl-C.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InputException">An input is wrong: exit code 2.</exception>
    protected abstract Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation);
}
