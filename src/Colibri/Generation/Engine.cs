using Colibri.Execution;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Hardware;
using Colibri.Kernels;
using Colibri.Kernels.Attention;
using Colibri.Models;

namespace Colibri.Generation;

/// <summary>A loaded model with everything a step needs: files, plan, threads, cache and runner.</summary>
internal sealed class Engine : IDisposable
{
    private const int DefaultContext = 4096;

    private readonly WeightStreaming? _streaming;
    private readonly Lazy<string> _damage;

    private Engine(ModelSource source, LanguageModel model, Plan plan, LoadOptions options, MemoryForecast forecast, WeightStreaming? streaming)
    {
        Source = source;
        Model = model;
        Plan = plan;
        Options = options;
        Forecast = forecast;
        _streaming = streaming;
        _damage = new Lazy<string>(() => FiniteValues.Fault(source) is { } fault
            ? $"{fault}. The file is damaged"
            : "all its weights are finite, but numbers on the way grow beyond what the formats hold. The weights do not fit the configuration");
        ContextLength = forecast.Context;
        Kernels = KernelSet.Of(Selection(options));
        Workers = new Workers(options.Threads ?? MachineInfo.DefaultThreads);
        Cache = new KvLayout(model.Shape.Layers, model.Shape.KeyValueHeads, model.Shape.HeadSize, TensorFormat.Parse(options.KeyValueFormat));
        var pages = (ContextLength + KvLayout.PagePositions - 1L) / KvLayout.PagePositions * options.MaximumSequences;
        Pool = new KvPool(Cache, pages);
        BatchTokens = TokensOfAStep(options, ContextLength);
        Runner = new InferenceRunner(plan, Workers, Kernels, BatchTokens, streaming, !options.FloatActivations);
    }

    /// <summary>The files.</summary>
    public ModelSource Source { get; }

    /// <summary>The family's model.</summary>
    public LanguageModel Model { get; }

    /// <summary>How it was loaded.</summary>
    public LoadOptions Options { get; }

    /// <summary>Longest sequence in tokens.</summary>
    public int ContextLength { get; }

    /// <summary>What it needs in memory.</summary>
    public MemoryForecast Forecast { get; }

    /// <summary>Most tokens of a step.</summary>
    public int BatchTokens { get; }

    /// <summary>What computes.</summary>
    public KernelSet Kernels { get; }

    /// <summary>The recorded forward pass.</summary>
    public Plan Plan { get; }

    /// <summary>The threads.</summary>
    public Workers Workers { get; }

    /// <summary>How keys and values lie.</summary>
    public KvLayout Cache { get; }

    /// <summary>Pages of keys and values.</summary>
    public KvPool Pool { get; }

    /// <summary>What runs steps; one at a time.</summary>
    public InferenceRunner Runner { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">A GGUF file or a Hugging Face folder.</param>
    /// <param name="options">How to load it.</param>
    /// <param name="cancellation">Ends reading the weights.</param>
    /// <exception cref="InputException">The files or the options are wrong, or the memory does not suffice.</exception>
    public static Engine Load(string path, LoadOptions options, CancellationToken cancellation = default)
    {
        Check(options);
        var source = ModelSource.Open(path);
        LanguageModel? model = null;
        WeightStreaming? streaming = null;
        try
        {
            model = ModelFamily.CreateModel(source);
            var plan = Plan.Record(model);
            _ = KernelSet.Of(Selection(options)).AssembleAhead(plan.LinearFormats, !options.FloatActivations);
            var forecast = MemoryForecast.Of(source, model, plan, options, Context(path, model, options));
            var limit = forecast.WeightLimit(options.MaximumMemory, MachineInfo.AvailableMemory, path);
            var threads = options.Threads ?? MachineInfo.DefaultThreads;
            if (limit is { } bytes)
            {
                // Copies stay in memory; what else is allowed is for the weights in the files.
                streaming = WeightStreaming.Create(source, plan, Math.Max(0, bytes - model.CopiedBytes), forecast.Total - forecast.Weights + model.CopiedBytes, path);
            }
            else if (WeightLoading.ReadsAtOnce(options.Loading, source.Parameters, options.LazyAbove))
            {
                var replaced = model.Replaced;
                WeightLoading.ReadAll(
                    source.Tensors.Values.Where(t => !replaced.Contains(t)).Select(t => t.Range).OfType<MappedRange>(), threads, options.Progress, cancellation);
                Prepare(plan, threads);
            }

            model.Repack(threads, cancellation);
            return new Engine(source, model, plan, options, forecast, streaming);
        }
        catch
        {
            streaming?.Dispose();
            model?.Dispose();
            source.Dispose();
            throw;
        }
    }

    /// <summary>The context a model is loaded with.</summary>
    /// <exception cref="InputException">More was asked for than the model has.</exception>
    internal static int Context(string path, LanguageModel model, LoadOptions options)
    {
        var longest = model.Shape.Context;
        return options.ContextLength > longest
            ? throw new InputException($"{path}: a context of {options.ContextLength} tokens was asked for; the model has {longest}.")
            : options.ContextLength ?? Math.Min(longest, DefaultContext);
    }

    /// <summary>The kernels the options or the environment ask for.</summary>
    internal static KernelSelection Selection(LoadOptions options) =>
        options.Kernels is null ? KernelSelection.FromEnvironment() : new KernelSelection(options.Kernels);

    /// <summary>Most tokens of a step: no more than can come, a whole context of one sequence or a token of each.</summary>
    internal static int TokensOfAStep(LoadOptions options, int context) => Math.Min(options.BatchTokens, Math.Max(context, options.MaximumSequences));

    /// <summary>Whether a token ends the text.</summary>
    public bool IsEndOfText(int id)
    {
        foreach (var end in Source.EndOfTextIds)
        {
            if (end == id)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Throws where a model computed what is no number, and says which weight is damaged.</summary>
    /// <param name="logits">What came out, before anything was taken away from it.</param>
    /// <exception cref="InputException">A value is NaN or infinite.</exception>
    public void RequireFinite(ReadOnlySpan<float> logits)
    {
        if (FiniteValues.FirstFault(logits) >= 0)
        {
            throw new InputException($"{Source.Path}: the model computed values that are not finite numbers: {_damage.Value}.");
        }
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Pool.Dispose();
        Workers.Dispose();
        _streaming?.Dispose();
        Model.Dispose();
        Source.Dispose();
    }

    // What weights need beside them is made when they are first used; here all weights are near already.
    private static void Prepare(Plan plan, int threads) => Parallel.ForEach(
        plan.Operations.SelectMany(o => o.Weights).Distinct(),
        new ParallelOptions { MaxDegreeOfParallelism = threads },
        weight => weight.Prepare());

    private static void Check(LoadOptions options)
    {
        Between(options.Threads ?? 1, 1, 256, "threads");
        Between(options.ContextLength ?? 1, 1, int.MaxValue, "context length");
        Between(options.MaximumSequences, 1, 65_536, "sequences at a time");
        Between(options.BatchTokens, 1, 65_536, "tokens of a step");

        static void Between(int value, int least, int most, string what)
        {
            if (value < least || value > most)
            {
                throw new InputException($"{value} is no valid number of {what}; {least} to {most} is expected.");
            }
        }
    }
}
