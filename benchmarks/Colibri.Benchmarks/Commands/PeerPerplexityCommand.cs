using System.CommandLine;
using Colibri.Benchmarks.Comparison;
using Colibri.Benchmarks.Engines;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>peer-perplexity</c>.</summary>
internal static class PeerPerplexityCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        var text = new Option<string>("--text") { Description = "A text file.", Required = true };
        var context = CommonOptions.Integer("--context", 512, "Tokens of a chunk; the second half of each is scored.");
        var chunks = CommonOptions.Integer("--chunks", int.MaxValue, "Chunks at most.");
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("peer-perplexity", "Perplexity of llama.cpp on a text, counted as its own tool counts.") { model, text, context, chunks, threads, peers };
        command.SetAction((parsed, cancellation) =>
        {
            var size = CommonOptions.Between("--context", parsed.GetValue(context), 2, 1 << 20);
            var file = parsed.GetValue(text)!;
            if (!File.Exists(file))
            {
                throw new InputException($"'{file}' is not there; a text file is expected.");
            }

            using var engine = new LlamaCppEngine(new EngineOptions
            {
                Model = parsed.GetValue(model)!,
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512),
                Context = size,
                Peers = parsed.GetValue(peers)!,
            });
            Score(engine, engine.Tokenize(File.ReadAllText(file)), size, parsed.GetValue(chunks), cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>
    /// llama.cpp's tools/perplexity: chunks without overlap, the first token of each replaced by the beginning-of-text
    /// token where the model wants one, tokens of the second half scored, a rest shorter than a chunk left out.
    /// </summary>
    private static void Score(LlamaCppEngine engine, int[] ids, int context, int most, CancellationToken cancellation)
    {
        var chunks = Math.Min(ids.Length / context, most);
        if (chunks < 1)
        {
            throw new InputException($"The text has {ids.Length} tokens; at least {context} are expected. Take a longer text or a smaller --context.");
        }

        var loss = 0.0;
        var count = 0;
        for (var chunk = 0; chunk < chunks; chunk++)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = ids.AsSpan(chunk * context, context).ToArray();
            if (engine.AddsBeginOfText)
            {
                piece[0] = engine.BeginOfText;
            }

            var logits = engine.Logits(piece);
            for (var t = context / 2; t < context - 1; t++)
            {
                var row = logits.AsSpan(t * engine.VocabularySize, engine.VocabularySize);
                loss -= row[piece[t + 1]] - Divergence.LogSum(row);
                count++;
            }

            Console.Error.WriteLine($"[{chunk + 1}/{chunks}] {Math.Exp(loss / count):0.0000}");
        }

        Console.WriteLine($"perplexity {Math.Exp(loss / count):0.0000} over {count} tokens of {chunks} chunks");
    }
}
