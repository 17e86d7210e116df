using Colibri.Benchmarks.Engines;

namespace Colibri.Benchmarks.Comparison;

/// <summary>
/// What each engine's rounding costs on a file: the divergence of its predictions from the same decoded weights run with
/// float32 activations, chunk by chunk.
/// </summary>
internal static class QualityComparison
{
    /// <summary>The side that is judged.</summary>
    public const string Own = "Colibri";

    /// <summary>llama.cpp as it comes.</summary>
    public const string Peer = "llama.cpp";

    /// <summary>llama.cpp with keys and values in float32, which is what Colibri has by default.</summary>
    public const string PrecisePeer = "llama.cpp, float32 cache";

    /// <summary>The divergence of another file, run in float32: what its weights are away from this one's.</summary>
    public const string Weights = "weights";

    /// <summary>Runs all sides.</summary>
    /// <param name="options">File, threads, context (tokens of a chunk).</param>
    /// <param name="ids">Gives the tokens, by the reference engine; a rest shorter than a chunk is left out.</param>
    /// <param name="original">The model the file was made from, whose float32 run the file's own is compared with too, or null.</param>
    /// <param name="report">Told the chunks done.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Names and divergences.</returns>
    public static List<(string Name, Divergence Divergence)> Run(
        EngineOptions options, Func<ColibriEngine, int[]> ids, string? original, Action<int> report, CancellationToken cancellation)
    {
        using var reference = new ColibriEngine(options with { FloatActivations = true });
        using var source = original is null ? null : new ColibriEngine(options with { Model = original, FloatActivations = true });
        var tokens = ids(reference);
        var ofWeights = new Divergence();
        var sides = new List<(string Name, IEngine Engine, Divergence Divergence)>();
        try
        {
            sides.Add((Own, new ColibriEngine(options), new Divergence()));
            sides.Add((Peer, new LlamaCppEngine(options), new Divergence()));
            sides.Add((PrecisePeer, new LlamaCppEngine(options with { PreciseCache = true }), new Divergence()));
            for (var start = 0; start + options.Context <= tokens.Length; start += options.Context)
            {
                cancellation.ThrowIfCancellationRequested();
                var piece = tokens.AsSpan(start, options.Context);
                var expected = reference.Logits(piece);
                foreach (var (_, engine, divergence) in sides)
                {
                    divergence.Add(expected, engine.Logits(piece), reference.VocabularySize);
                }

                if (source is not null)
                {
                    ofWeights.Add(source.Logits(piece), expected, reference.VocabularySize);
                }

                report((start / options.Context) + 1);
            }

            var result = sides.ConvertAll(s => (s.Name, s.Divergence));
            return source is null ? result : [.. result, (Weights, ofWeights)];
        }
        finally
        {
            sides.ForEach(s => s.Engine.Dispose());
        }
    }
}
