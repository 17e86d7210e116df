using System.CommandLine;
using Colibri.Benchmarks.Engines;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>peer-logits</c>.</summary>
internal static class PeerLogitsCommand
{
    private const int Shown = 5;

    public static Command Create()
    {
        var model = CommonOptions.Model();
        var ids = new Option<string>("--ids") { Description = "Token ids, commas between.", Required = true };
        var output = new Option<string?>("--out") { Description = "Write float32 [tokens, vocabulary] to this .npy file." };
        var precise = new Option<bool>("--precise") { Description = "Keep keys and values in float32 and attention unfused, as for exact comparison." };
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("peer-logits", "The logits of llama.cpp behind every token.") { model, ids, output, precise, threads, peers };
        command.SetAction(parsed =>
        {
            var tokens = CommonOptions.ParseIds(parsed.GetValue(ids)!);
            using var engine = new LlamaCppEngine(new EngineOptions
            {
                Model = parsed.GetValue(model)!,
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512),
                Context = tokens.Length,
                PreciseCache = parsed.GetValue(precise),
                Peers = parsed.GetValue(peers)!,
            });
            var logits = engine.Logits(CommonOptions.WithinVocabulary(tokens, engine.VocabularySize));
            if (parsed.GetValue(output) is { } file)
            {
                Npy.Write(file, logits, tokens.Length, engine.VocabularySize);
                Console.Error.WriteLine($"{file}: float32 [{tokens.Length}, {engine.VocabularySize}]");
            }
            else
            {
                Print(tokens, logits, engine.VocabularySize);
            }

            return 0;
        });
        return command;
    }

    private static void Print(int[] tokens, float[] logits, int vocabulary)
    {
        for (var t = 0; t < tokens.Length; t++)
        {
            var row = logits.AsMemory(t * vocabulary, vocabulary);
            var best = Enumerable.Range(0, vocabulary).OrderByDescending(id => row.Span[id]).Take(Shown);
            Console.WriteLine($"{t,5} {tokens[t],7}   {string.Join("  ", best.Select(id => $"{id}:{row.Span[id]:0.000}"))}");
        }
    }
}
