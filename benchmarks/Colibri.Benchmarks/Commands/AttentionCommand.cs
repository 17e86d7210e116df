using System.CommandLine;
using Colibri.Benchmarks.Attention;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>attention</c>.</summary>
internal static class AttentionCommand
{
    public static Command Create()
    {
        var threads = CommonOptions.Threads();
        var repeats = CommonOptions.Integer("--repeats", 7, "How often each case is measured, at least 5.");
        var layers = CommonOptions.Integer("--layers", 22, "Layers of the shape.");
        var heads = CommonOptions.Integer("--heads", 32, "Query heads.");
        var shared = CommonOptions.Integer("--kv-heads", 4, "Key/value heads; divides the query heads.");
        var size = CommonOptions.Integer("--head-size", 64, "Values per head.");
        var formats = new Option<string>("--kv") { Description = "Formats of the cache, commas between.", DefaultValueFactory = _ => "f32,f16,q8_0" };
        var kernels = new Option<string?>("--kernels") { Description = "Attention kernels to use; without it, the fastest." };
        var only = new Option<string?>("--only") { Description = "Cases whose name begins like this." };
        var command = new Command("attention", "Attention alone, in the shape of a 1.1B Llama: prompts, one sequence decoding, many.")
        {
            threads, repeats, layers, heads, shared, size, formats, kernels, only,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var shape = new AttentionShape(
                CommonOptions.Between("--layers", parsed.GetValue(layers), 1, 1000),
                CommonOptions.Between("--heads", parsed.GetValue(heads), 1, 1024),
                CommonOptions.Between("--kv-heads", parsed.GetValue(shared), 1, 1024),
                CommonOptions.Between("--head-size", parsed.GetValue(size), 1, 1024));
            if (shape.Heads % shape.KeyValueHeads != 0)
            {
                throw new InputException($"--kv-heads {shape.KeyValueHeads} does not divide --heads {shape.Heads}.");
            }

            var count = CommonOptions.Between("--repeats", parsed.GetValue(repeats), 5, 10_000);
            var workers = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 256);
            Console.Write(AttentionReport.Heading(shape, workers, count, parsed.GetValue(kernels)));
            foreach (var format in parsed.GetValue(formats)!.Split(','))
            {
                using var bench = new AttentionBench(shape, format, workers, parsed.GetValue(kernels));
                foreach (var work in AttentionWork.All.Where(w => parsed.GetValue(only) is not { } name || w.Name.StartsWith(name, StringComparison.Ordinal)))
                {
                    cancellation.ThrowIfCancellationRequested();
                    Console.Write(AttentionReport.Row(format, shape, work, bench.Measure(work, count)));
                }
            }

            return Task.FromResult(0);
        });
        return command;
    }
}
