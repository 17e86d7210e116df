using System.CommandLine;
using Colibri;
using Colibri.Benchmarks.Commands;

var root = new RootCommand("Measures Colibri beside other engines: same machine, same files, the same work in turn.")
{
    FetchPeersCommand.Create(),
    PeerInfoCommand.Create(),
    PeerCheckCommand.Create(),
    PeerLogitsCommand.Create(),
    PeerPerplexityCommand.Create(),
    PeerQuantizeCommand.Create(),
    CompareCommand.Create(),
    ProductsCommand.Create(),
    QualityCommand.Create(),
    FormatQualityCommand.Create(),
    AttentionCommand.Create(),
    CacheQualityCommand.Create(),
    ConstraintsCommand.Create(),
    TokenizeSpeedCommand.Create(),
    WorkerCommand.Create(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (InputException fault)
{
    Console.Error.WriteLine($"error: {fault.Message}");
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("stopped");
    return 1;
}
