using System.CommandLine;
using System.CommandLine.Invocation;
using System.Reflection;

namespace Colibri.Cli;

/// <summary>Prints the command's version: its number, and the revision it was built from.</summary>
internal sealed class VersionLine : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        var version = typeof(VersionLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        parseResult.InvocationConfiguration.Output.WriteLine($"{ColibriCommand.Name} {version}");
        return ColibriCommand.Success;
    }
}
