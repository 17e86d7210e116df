using System.CommandLine;
using System.Text.Json;
using Colibri.Benchmarks.Engines;
using Colibri.Benchmarks.LlamaCpp;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>peer-check</c>.</summary>
internal static class PeerCheckCommand
{
    // The recorded distances are of a native build; another processor backend rounds in another order.
    private const double Slack = 1.25;
    private const double Least = 2e-5;

    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER")
        {
            Description = "Golden GGUF files with expected.json (default: shared/data/gguf-golden beside the repository).",
            DefaultValueFactory = _ => Path.Combine(PeerFolder.Repository, "..", "shared", "data", "gguf-golden"),
        };
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("peer-check", "Check that llama.cpp as called from here computes the recorded logits.") { folder, threads, peers };
        command.SetAction(parsed =>
        {
            var golden = parsed.GetValue(folder)!;
            var list = Path.Combine(golden, "expected.json");
            if (!File.Exists(list))
            {
                throw new InputException($"'{list}' is not there; a folder of golden files is expected.");
            }

            using var expected = JsonDocument.Parse(File.ReadAllBytes(list));
            var faults = 0;
            foreach (var file in expected.RootElement.GetProperty("files").EnumerateArray())
            {
                faults += Check(golden, file, parsed.GetValue(threads), parsed.GetValue(peers)!) ? 0 : 1;
            }

            Console.WriteLine(faults == 0 ? "all as recorded" : $"{faults} of the files differ");
            return faults == 0 ? 0 : 1;
        });
        return command;
    }

    private static bool Check(string folder, JsonElement file, int threads, string peers)
    {
        var name = file.GetProperty("file").GetString()!;
        var recorded = file.TryGetProperty("llama_cpp_logits_rms_diff", out var rms) ? rms.GetDouble() : 0;
        var squares = 0.0;
        var count = 0L;
        var worst = 0.0;
        foreach (var logits in file.GetProperty("logits").EnumerateArray())
        {
            var ids = logits.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray();
            using var engine = new LlamaCppEngine(new EngineOptions
            {
                Model = Path.Combine(folder, name),
                Threads = threads,
                Context = ids.Length,
                PreciseCache = true,
                Peers = peers,
            });
            var found = engine.Logits(ids);
            var (golden, rows, columns) = Npy.Read(Path.Combine(folder, logits.GetProperty("file").GetString()!));
            if (rows != ids.Length || columns != engine.VocabularySize)
            {
                throw new InputException($"{name}: the golden logits are [{rows}, {columns}], the model gives [{ids.Length}, {engine.VocabularySize}].");
            }

            for (var i = 0; i < golden.Length; i++)
            {
                var difference = Math.Abs((double)found[i] - golden[i]);
                squares += difference * difference;
                worst = Math.Max(worst, difference);
                count++;
            }
        }

        var distance = Math.Sqrt(squares / count);
        var good = distance <= Math.Max(recorded * Slack, Least);
        Console.WriteLine($"{(good ? "ok  " : "FAIL")} {name,-24} rms {distance:0.000000} (recorded {recorded:0.000000})  max {worst:0.0000}");
        return good;
    }
}
