using System.CommandLine;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Colibri.Benchmarks.Comparison;
using Colibri.Benchmarks.Engines;
using Colibri.Benchmarks.LlamaCpp;
using Colibri.Compression.Recipes;
using Colibri.Formats;

namespace Colibri.Benchmarks.Commands;

/// <summary><c>format-quality</c>.</summary>
internal static class FormatQualityCommand
{
    public static Command Create()
    {
        var text = new Option<string>("--text")
        {
            Description = "A text file, gzipped or not (default: a novel of shared/data beside the repository that the model has not seen).",
            DefaultValueFactory = _ => Path.Combine(PeerFolder.Repository, "..", "shared", "data", "text-english-novels", "test", "Haggard_She_1887.txt.gz"),
        };
        var types = new Option<string[]>("--type") { Description = "Only these types of convert, mixtures as they are (default: every format of GGUF, each pure).", AllowMultipleArgumentsPerToken = true };
        var context = CommonOptions.Integer("--context", 512, "Tokens of a chunk.");
        var chunks = CommonOptions.Integer("--chunks", 20, "Chunks at most.");
        var threads = CommonOptions.Threads();
        var peers = CommonOptions.Peers();
        var command = new Command("format-quality", "The shipped model in every format: KL divergence of Colibri and llama.cpp from the same weights run in float32, on the same text.")
        {
            text, types, context, chunks, threads, peers,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var options = new EngineOptions
            {
                Model = "",
                Threads = CommonOptions.Between("--threads", parsed.GetValue(threads), 1, 512),
                Context = CommonOptions.Between("--context", parsed.GetValue(context), 1, 1024),
                Peers = parsed.GetValue(peers)!,
            };
            var most = CommonOptions.Between("--chunks", parsed.GetValue(chunks), 1);
            Run(options, parsed.GetValue(types) is { Length: > 0 } chosen ? chosen : null, ReadText(parsed.GetValue(text)!), most, cancellation);
            return Task.FromResult(0);
        });
        return command;
    }

    private static void Run(EngineOptions options, string[]? types, string text, int most, CancellationToken cancellation)
    {
        var recipes = types is not null
            ? types.Select(TensorRecipe.Parse).ToList()
            : TensorFormat.All.Select(f => TensorRecipe.All.FirstOrDefault(r => r.Format == f)).OfType<TensorRecipe>().ToList();
        using var files = new StarterFiles();
        Console.WriteLine("| format | bits per weight of its blocks | Colibri: KL mean | p99 | llama.cpp: KL mean | p99 | llama.cpp, float32 cache: KL mean | Colibri above that by standard errors | weights against the original: KL mean |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var tokens = 0;
        foreach (var recipe in recipes)
        {
            var file = files.Make(recipe, pure: types is null, cancellation);
            var sides = QualityComparison.Run(
                options with { Model = file }, engine => Ids(engine, options with { Model = file }, text, most), StarterFiles.Model, _ => { }, cancellation);
            var by = sides.ToDictionary(s => s.Name, s => s.Divergence);
            tokens = by[QualityComparison.Own].Count;
            Console.WriteLine(Row(types is null ? recipe.Format.Name : recipe.Name, recipe.Format.BitsPerValue, by));
            File.Delete(file);
        }

        Console.Error.WriteLine($"{tokens} tokens; Colibri and llama.cpp gave the same ids for the text");
    }

    private static string Row(string name, double bits, Dictionary<string, Divergence> by)
    {
        var (own, peer, precise) = (by[QualityComparison.Own], by[QualityComparison.Peer], by[QualityComparison.PrecisePeer]);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {bits:0.##} | {own.Mean:0.0000000} | {own.Percentile99:0.000000} | {peer.Mean:0.0000000} | {peer.Percentile99:0.000000} | {precise.Mean:0.0000000} | {own.ErrorsAbove(precise):+0.0;-0.0;0.0} | {by[QualityComparison.Weights].Mean:0.00000} |");
    }

    private static int[] Ids(ColibriEngine engine, EngineOptions options, string text, int most)
    {
        var ids = engine.Tokenize(text);
        using (var peer = new LlamaCppEngine(options))
        {
            var others = peer.Tokenize(text);
            var different = Enumerable.Range(0, Math.Max(ids.Length, others.Length)).FirstOrDefault(i => i >= ids.Length || i >= others.Length || ids[i] != others[i], -1);
            if (different >= 0)
            {
                throw new InputException($"llama.cpp turns the text into other ids from token {different} on; the converted vocabulary is at fault.");
            }
        }

        return ids.Length >= options.Context
            ? ids[..(int)Math.Min(ids.Length, (long)options.Context * most)]
            : throw new InputException($"The text has {ids.Length} tokens; at least {options.Context} are expected. Take a longer text or a smaller --context.");
    }

    private static string ReadText(string path)
    {
        if (!File.Exists(path))
        {
            throw new InputException($"'{path}' is not there; a text file is expected.");
        }

        using var file = File.OpenRead(path);
        using var plain = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? (Stream)new GZipStream(file, CompressionMode.Decompress) : file;
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
