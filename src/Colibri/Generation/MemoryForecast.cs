using Colibri.Execution;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Hardware;
using Colibri.Kernels;
using Colibri.Kernels.Attention;
using Colibri.Models;

namespace Colibri.Generation;

/// <summary>What a run will need in memory, in bytes, computed before it starts.</summary>
/// <param name="Weights">Weights as they lie in the files, and those that must be copied.</param>
/// <param name="KeyValues">Keys and values of one sequence that fills the context.</param>
/// <param name="Scratch">Activations of a step, and what the threads need.</param>
/// <param name="Runtime">The process itself: .NET, code, tokenizer.</param>
/// <param name="Context">The context in tokens that <paramref name="KeyValues"/> is for.</param>
public sealed record MemoryForecast(long Weights, long KeyValues, long Scratch, long Runtime, int Context)
{
    // Measured: a process that has generated with the shipped model holds 60 to 75 MB beside weights, cache and scratch.
    private const long BaseBytes = 80_000_000;

    // Strings, tables and merges of a vocabulary, per entry.
    private const long VocabularyEntryBytes = 400;

    /// <summary>All of it.</summary>
    public long Total => Weights + KeyValues + Scratch + Runtime;

    /// <summary>What loading a model with these options will need. Reads no weights but norms and biases.</summary>
    /// <param name="path">A GGUF file or a Hugging Face folder.</param>
    /// <param name="options">How it would be loaded; null: the defaults.</param>
    /// <exception cref="InputException">The files or the options are wrong.</exception>
    public static MemoryForecast For(string path, LoadOptions? options = null)
    {
        options ??= new LoadOptions();
        using var source = ModelSource.Open(path);
        using var model = ModelFamily.CreateModel(source);
        return Of(source, model, Plan.Record(model), options, Engine.Context(path, model, options));
    }

    /// <summary>What loading an opened model will need.</summary>
    internal static MemoryForecast Of(ModelSource source, LanguageModel model, Plan plan, LoadOptions options, int context)
    {
        var shape = model.Shape;
        var cache = new KvLayout(shape.Layers, shape.KeyValueHeads, shape.HeadSize, TensorFormat.Parse(options.KeyValueFormat));
        var rows = Engine.TokensOfAStep(options, context);
        var threads = options.Threads ?? MachineInfo.DefaultThreads;
        var scratch = InferenceRunner.Measure(plan, KernelSet.Of(Engine.Selection(options)), rows, threads, !options.FloatActivations);
        var weights = source.Tensors.Values.Sum(t => t.Bytes) - model.Replaced.Sum(t => t.Bytes) + model.CopiedBytes;
        return new MemoryForecast(weights, cache.BytesFor(context), scratch + shape.Vocabulary * 16L, BaseBytes + shape.Vocabulary * VocabularyEntryBytes, context);
    }

    /// <summary>How many bytes of weights may be in memory, or null where all fit.</summary>
    /// <param name="maximum">The most bytes the process may use, or null.</param>
    /// <param name="available">What the machine has free, or null where it does not say.</param>
    /// <param name="path">The model, for errors.</param>
    /// <exception cref="InputException">It cannot run in this memory.</exception>
    internal long? WeightLimit(long? maximum, long? available, string path)
    {
        if (maximum is { } most)
        {
            var left = most - (Total - Weights);
            return left <= 0
                ? throw new InputException($"{path}: {Printable.Bytes(most)} of memory are allowed, but beside the weights {Printable.Bytes(Total - Weights)} are needed ({Printable.Bytes(KeyValues)} of it for a context of {Context} tokens). Allow more, or ask for a shorter context.")
                : left < Weights ? left : null;
        }

        return available is { } free && Total > free
            ? throw new InputException($"{path}: needs {Printable.Bytes(Total)} of memory ({Printable.Bytes(Weights)} weights, {Printable.Bytes(KeyValues)} for a context of {Context} tokens, {Printable.Bytes(Scratch + Runtime)} else); {Printable.Bytes(free)} are free. Ask for a shorter context, or limit the memory (--max-memory) so that weights are streamed.")
            : null;
    }
}
