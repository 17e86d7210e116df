using System.CommandLine;
using Colibri.Benchmarks.Comparison;
using Colibri.Benchmarks.Engines;
using Colibri.Compression.Recipes;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>compare</c>.</summary>
internal static class CompareCommand
{
    private static readonly string[] StarterTypes = ["Q4_0", "Q8_0", "Q4_K_M", "F16"];

    public static Command Create()
    {
        var model = new Argument<string?>("FILE") { Description = "A GGUF file; left out with --starter.", Arity = ArgumentArity.ZeroOrOne };
        var starter = new Option<bool>("--starter") { Description = $"Compare on files made of the model that ships with the project, one after another: {string.Join(", ", StarterTypes)}." };
        var engine = new Option<string>("--engine") { Description = "The engine that is judged.", DefaultValueFactory = _ => EngineList.Names.First() };
        var peer = new Option<string>("--against") { Description = "The engine it is judged against; the same one twice shows the noise.", DefaultValueFactory = _ => "llama.cpp" };
        var prompt = CommonOptions.Integer("--prompt", 512, "Tokens of the prompt.");
        var generate = CommonOptions.Integer("--generate", 64, "Tokens generated.");
        var depth = CommonOptions.Integer("--depth", 0, "Tokens in the cache before generating.");
        var sequences = CommonOptions.Integer("--sequences", 1, "Sequences that generate together.");
        var pairs = CommonOptions.Integer("--pairs", 5, "Pairs of measurements, taken in turn.");
        var pause = CommonOptions.Integer("--pause", 500, "Milliseconds between two measurements.");
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var json = new Option<bool>("--json") { Description = "Print JSON instead of Markdown." };
        var command = new Command("compare", "Run two engines in turn on the same file: speed, share of the roofline, memory, load times.")
        {
            model, starter, engine, peer, prompt, generate, depth, sequences, pairs, pause, threads, peers, json,
        };
        command.SetAction(async (parsed, cancellation) =>
        {
            var options = new ComparisonOptions
            {
                Model = parsed.GetValue(model) ?? "",
                Engine = EngineList.Known(parsed.GetValue(engine)!),
                Peer = EngineList.Known(parsed.GetValue(peer)!),
                Prompt = CommonOptions.Between("--prompt", parsed.GetValue(prompt), 1, 1 << 20),
                Generate = CommonOptions.Between("--generate", parsed.GetValue(generate), 1, 1 << 20),
                Depth = CommonOptions.Between("--depth", parsed.GetValue(depth), 0, 1 << 20),
                Sequences = CommonOptions.Between("--sequences", parsed.GetValue(sequences), 1, 256),
                Pairs = CommonOptions.Between("--pairs", parsed.GetValue(pairs), 1, 1000),
                PauseMilliseconds = CommonOptions.Between("--pause", parsed.GetValue(pause), 0, 60_000),
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512),
                Peers = parsed.GetValue(peers)!,
            };
            if (parsed.GetValue(starter) == (options.Model.Length > 0))
            {
                throw new InputException("Either a FILE or --starter is expected.");
            }

            if (!parsed.GetValue(starter))
            {
                await Compare(options, parsed.GetValue(json), cancellation);
                return 0;
            }

            using var files = new StarterFiles();
            foreach (var type in StarterTypes)
            {
                await Compare(options with { Model = files.Make(TensorRecipe.Parse(type), pure: false, cancellation) }, parsed.GetValue(json), cancellation);
            }

            return 0;
        });
        return command;
    }

    /// <summary>Measures and prints one file: a table, or a JSON object on a line.</summary>
    private static async Task Compare(ComparisonOptions options, bool json, CancellationToken cancellation)
    {
        var result = await ComparisonRunner.RunAsync(options, Console.Error.WriteLine, cancellation);
        if (json)
        {
            using var output = Console.OpenStandardOutput();
            ComparisonReport.Json(result, output);
            output.WriteByte((byte)'\n');
        }
        else
        {
            Console.Write(ComparisonReport.Markdown(result));
        }
    }
}
