using System.CommandLine;
using System.Globalization;
using System.Text;
using Colibri.Benchmarks.Comparison;
using Colibri.Execution;
using Colibri.Generation;
using Colibri.Kernels.Attention;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>cache-quality</c>.</summary>
internal static class CacheQualityCommand
{
    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "A GGUF file or a Hugging Face folder with a tokenizer." };
        var text = new Option<string>("--text") { Description = "A text file.", Required = true };
        var context = CommonOptions.Integer("--context", 256, "Tokens of a chunk.");
        var chunks = CommonOptions.Integer("--chunks", 40, "Chunks at most.");
        var threads = CommonOptions.Threads();
        var command = new Command("cache-quality", "What each format of the cache costs: KL divergence from keys and values in float32.") { model, text, context, chunks, threads };
        command.SetAction((parsed, cancellation) =>
        {
            var size = CommonOptions.Between("--context", parsed.GetValue(context), 2, 1 << 16);
            var engines = KvStorages.Names.Select(format => (Format: format, Engine: Engine.Load(parsed.GetValue(model)!, new LoadOptions
            {
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 256),
                ContextLength = size,
                BatchTokens = size,
                MaximumSequences = 1,
                KeyValueFormat = format,
                FloatActivations = true,
            }))).ToList();
            try
            {
                using var tokenizer = TextModel.Load(parsed.GetValue(model)!, new LoadOptions { Threads = 1 });
                var ids = tokenizer.Tokenizer!.Encode(File.ReadAllText(parsed.GetValue(text)!));
                Console.Write(Run(engines, [.. ids], size, CommonOptions.Between("--chunks", parsed.GetValue(chunks), 1), cancellation));
            }
            finally
            {
                engines.ForEach(e => e.Engine.Dispose());
            }

            return Task.FromResult(0);
        });
        return command;
    }

    private static string Run(List<(string Format, Engine Engine)> engines, int[] ids, int context, int chunks, CancellationToken cancellation)
    {
        var vocabulary = engines[0].Engine.Plan.Logits.Width;
        var divergences = engines.ConvertAll(_ => new Divergence());
        for (var start = 0; start + context <= ids.Length && start < chunks * context; start += context)
        {
            cancellation.ThrowIfCancellationRequested();
            var piece = ids.AsSpan(start, context);
            float[]? expected = null;
            for (var e = 0; e < engines.Count; e++)
            {
                var logits = Logits(engines[e].Engine, piece, vocabulary);
                expected ??= logits;
                divergences[e].Add(expected, logits, vocabulary);
            }
        }

        var tokens = divergences[0].Count;
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"### Cache of keys and values: divergence from float32, {tokens} tokens in chunks of {context}\n\n| cache | bytes a token | KL mean | p99 | max | same top token |\n|---|---|---|---|---|---|\n");
        for (var e = 0; e < engines.Count; e++)
        {
            var d = divergences[e];
            var bytes = engines[e].Engine.Cache.PageBytes / KvLayout.PagePositions;
            table.Append(CultureInfo.InvariantCulture, $"| {engines[e].Format} | {bytes} | {d.Mean:0.0000000} | {d.Percentile99:0.000000} | {d.Largest:0.000000} | {d.Agreement:P2} |\n");
        }

        return table.ToString();
    }

    private static float[] Logits(Engine engine, ReadOnlySpan<int> ids, int vocabulary)
    {
        using var sequence = new KvSequence(engine.Pool, ids.Length);
        var batch = new PackedBatch();
        batch.Add(sequence, ids, OutputRows.All);
        var logits = new float[ids.Length * vocabulary];
        engine.Runner.Step(batch, logits);
        return logits;
    }
}
