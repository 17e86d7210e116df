using Colibri.Files;

namespace Colibri.Generation;

/// <summary>How a model is loaded and run.</summary>
public sealed record LoadOptions
{
    /// <summary>Threads that compute, 1 to 256; null: the physical cores within the container's quota.</summary>
    public int? Threads { get; init; }

    /// <summary>Longest sequence in tokens; null: the model's own context, at most 4,096.</summary>
    public int? ContextLength { get; init; }

    /// <summary>Sequences that may be in memory at a time, at least 1; it bounds the key/value cache.</summary>
    public int MaximumSequences { get; init; } = 8;

    /// <summary>How keys and values are stored: F32 (exact), F16 (half the memory) or Q8_0 (about a quarter).</summary>
    public string KeyValueFormat { get; init; } = "F32";

    /// <summary>Most tokens that are computed in one step, at least 1; longer prompts are taken in pieces, with the same result.</summary>
    public int BatchTokens { get; init; } = 512;

    /// <summary>When weights are read from the disk.</summary>
    public LoadMode Loading { get; init; } = LoadMode.Auto;

    /// <summary>With <see cref="LoadMode.Auto"/>, the most parameters that are read at once; larger models are read on first use.</summary>
    public long LazyAbove { get; init; } = WeightLoading.DefaultThreshold;

    /// <summary>
    /// The most bytes this process may use in all; null: no limit but the machine's. A model that does not fit still runs:
    /// its blocks are read ahead of use and released behind it.
    /// </summary>
    public long? MaximumMemory { get; init; }

    /// <summary>Told how far reading the weights has come.</summary>
    public IProgress<ByteProgress>? Progress { get; init; }

    /// <summary>
    /// Whether all activations stay float32. Otherwise weights of integer formats take them rounded to 8 bits, and BF16 weights, where
    /// the processor multiplies such pairs, rounded to bfloat16: both much faster.
    /// </summary>
    public bool FloatActivations { get; init; }

    /// <summary>Which kernels to use (a variant's name); null: what COLIBRI_KERNELS says, otherwise the fastest.</summary>
    public string? Kernels { get; init; }
}
