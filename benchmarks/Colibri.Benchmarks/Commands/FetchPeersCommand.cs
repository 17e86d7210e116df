using System.CommandLine;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>fetch-peers</c>.</summary>
internal static class FetchPeersCommand
{
    public static Command Create()
    {
        var force = new Option<bool>("--force") { Description = "Fetch again even where it is there." };
        var command = new Command("fetch-peers", $"Fetch llama.cpp {LlamaLibrary.ExpectedVersion} with npm into benchmarks/.peers (not committed).") { force };
        command.SetAction(async (parsed, cancellation) =>
        {
            var fetched = await PeerPackage.FetchAsync(PeerFolder.LlamaCpp, parsed.GetValue(force), cancellation);
            LlamaLibrary.Load(PeerFolder.LlamaCpp);
            Console.WriteLine($"llama.cpp {LlamaLibrary.Version} {(fetched ? "fetched" : "is there")}: {PeerFolder.LlamaCpp}");
            return 0;
        });
        return command;
    }
}
