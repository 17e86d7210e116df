using System.CommandLine;
using System.Text.Json;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>peer-info</c>.</summary>
internal static class PeerInfoCommand
{
    public static Command Create()
    {
        var peers = CommonOptions.Peers();
        var json = new Option<bool>("--json") { Description = "Print JSON." };
        var command = new Command("peer-info", "Say which llama.cpp is there, which processor backend it picks here and what that uses.") { peers, json };
        command.SetAction(parsed =>
        {
            LlamaLibrary.Load(parsed.GetValue(peers)!);
            if (parsed.GetValue(json))
            {
                using var output = Console.OpenStandardOutput();
                using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
                {
                    writer.WriteStartObject();
                    writer.WriteString("version", LlamaLibrary.Version);
                    writer.WriteString("cpu_backend", LlamaLibrary.CpuBackend);
                    writer.WriteString("features", LlamaLibrary.SystemInfo);
                    writer.WriteEndObject();
                }

                output.WriteByte((byte)'\n');
            }
            else
            {
                Console.WriteLine($"llama.cpp  {LlamaLibrary.Version}");
                Console.WriteLine($"backend    {LlamaLibrary.CpuBackend}");
                Console.WriteLine($"features   {LlamaLibrary.SystemInfo}");
                Console.WriteLine("structs    sizes and defaults as expected");
            }

            return 0;
        });
        return command;
    }
}
