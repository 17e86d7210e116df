using System.CommandLine;
using System.Globalization;
using System.Text;
using Colibri.Benchmarks.Comparison;
using Colibri.Benchmarks.Engines;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>quality</c>.</summary>
internal static class QualityCommand
{
    public static Command Create()
    {
        var model = CommonOptions.Model();
        var text = new Option<string?>("--text") { Description = "A text file; without it, pseudo-random tokens." };
        var context = CommonOptions.Integer("--context", 256, "Tokens of a chunk.");
        var chunks = CommonOptions.Integer("--chunks", 8, "Chunks at most.");
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("quality", "What each engine's rounding costs: KL divergence from the same weights run in float32.") { model, text, context, chunks, threads, peers };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new EngineOptions
            {
                Model = parsed.GetValue(model)!,
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512),
                Context = CommonOptions.Between("--context", parsed.GetValue(context), 1, 1 << 16),
                Peers = parsed.GetValue(peers)!,
            };
            var most = CommonOptions.Between("--chunks", parsed.GetValue(chunks), 1);
            Console.Write(Run(options, parsed.GetValue(text), most, cancellation));
            return Task.FromResult(0);
        });
        return command;
    }

    private static string Run(EngineOptions options, string? textFile, int most, CancellationToken cancellation) => Table(options, QualityComparison.Run(
        options,
        reference => Ids(reference, options, textFile, most),
        original: null,
        done => Console.Error.WriteLine($"{done} chunks"),
        cancellation));

    private static int[] Ids(ColibriEngine engine, EngineOptions options, string? textFile, int most)
    {
        if (textFile is null)
        {
            return SampleIds.Take(checked(options.Context * most), engine.VocabularySize, seed: 1);
        }

        if (!File.Exists(textFile))
        {
            throw new InputException($"'{textFile}' is not there; a text file is expected.");
        }

        var ids = engine.Tokenize(File.ReadAllText(textFile));
        return ids.Length >= options.Context
            ? ids[..(int)Math.Min(ids.Length, (long)options.Context * most)]
            : throw new InputException($"The text has {ids.Length} tokens; at least {options.Context} are expected. Take a longer text or a smaller --context.");
    }

    private static string Table(EngineOptions options, List<(string Name, Divergence Divergence)> sides)
    {
        var table = new StringBuilder();
        table.Append(CultureInfo.InvariantCulture, $"### {Path.GetFileName(options.Model)}: divergence from the same weights run in float32, {sides[0].Divergence.Count} tokens\n\n");
        table.Append("| | KL mean | p99 | max | same top token |\n|---|---|---|---|---|\n");
        foreach (var (name, d) in sides)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {name} | {d.Mean:0.0000000} | {d.Percentile99:0.000000} | {d.Largest:0.000000} | {d.Agreement:P2} |\n");
        }

        return table.ToString();
    }
}
