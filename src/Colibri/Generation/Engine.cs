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

    private Engine(ModelSource source, LanguageModel model, LoadOptions options, int context)
    {
        Source = source;
        Model = model;
        Options = options;
        ContextLength = context;
        Kernels = KernelSet.Of(options.Kernels is null ? KernelSelection.FromEnvironment() : new KernelSelection(options.Kernels));
        Plan = Plan.Record(model);
        Workers = new Workers(options.Threads ?? MachineInfo.DefaultThreads);
        Cache = new KvLayout(model.Shape.Layers, model.Shape.KeyValueHeads, model.Shape.HeadSize, TensorFormat.Parse(options.KeyValueFormat));
        var pages = (context + KvLayout.PagePositions - 1L) / KvLayout.PagePositions * options.MaximumSequences;
        Pool = new KvPool(Cache, pages);
        BatchTokens = Math.Min(options.BatchTokens, Math.Max(context, 1));
        Runner = new InferenceRunner(Plan, Workers, Kernels, BatchTokens, null, !options.FloatActivations);
    }

    /// <summary>The files.</summary>
    public ModelSource Source { get; }

    /// <summary>The family's model.</summary>
    public LanguageModel Model { get; }

    /// <summary>How it was loaded.</summary>
    public LoadOptions Options { get; }

    /// <summary>Longest sequence in tokens.</summary>
    public int ContextLength { get; }

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
    /// <exception cref="InputException">The files or the options are wrong.</exception>
    public static Engine Load(string path, LoadOptions options)
    {
        Check(options);
        var source = ModelSource.Open(path);
        LanguageModel? model = null;
        try
        {
            model = ModelFamily.CreateModel(source);
            var longest = model.Shape.Context;
            if (options.ContextLength > longest)
            {
                throw new InputException($"{path}: a context of {options.ContextLength} tokens was asked for; the model has {longest}.");
            }

            return new Engine(source, model, options, options.ContextLength ?? Math.Min(longest, DefaultContext));
        }
        catch
        {
            model?.Dispose();
            source.Dispose();
            throw;
        }
    }

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

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        Pool.Dispose();
        Workers.Dispose();
        Model.Dispose();
        Source.Dispose();
    }

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
