using Colibri.Compression.Recipes;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// The sizes of a real model, without its weights: enough to measure speed and memory. Sizes are those of the published
/// config.json files, except that the small ones of 2,048 positions get 8,192, so that long prompts can be measured on them.
/// </summary>
public sealed record SyntheticShape
{
    private const double LongRopeBase = 1e6;

    /// <summary>The name users give, for example <c>tinyllama-1.1b</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The family, as GGUF's general.architecture spells it.</summary>
    public string Architecture { get; init; } = "llama";

    /// <summary>Transformer blocks.</summary>
    public required int Blocks { get; init; }

    /// <summary>Values of a hidden state.</summary>
    public required int Hidden { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key and value heads; divides <see cref="Heads"/>.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>Inner values of the feed-forward part.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Tokens.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Positions the model says it was trained for.</summary>
    public required int Context { get; init; }

    /// <summary>Base of the rotary angles.</summary>
    public double RopeBase { get; init; } = 1e4;

    /// <summary>Epsilon of the root-mean-square norms.</summary>
    public double NormEpsilon { get; init; } = 1e-5;

    /// <summary>Whether the head is the embedding table itself.</summary>
    public bool TiedHead { get; init; }

    /// <summary>Whether query, key and value have a bias.</summary>
    public bool AttentionBias { get; init; }

    /// <summary>Llama 3's stretching of the rotary wavelengths: its factor, or null.</summary>
    public double? RopeFactor { get; init; }

    /// <summary>Values of a head.</summary>
    public int HeadSize => Hidden / Heads;

    /// <summary>What recipes must know about it.</summary>
    internal RecipeModel ForRecipe => new(Blocks, Heads / KeyHeads, TiedHead);

    /// <summary>Weights, norms and biases included.</summary>
    public long Parameters => SyntheticTensor.Of(this).Where(t => t.Content != SyntheticContent.RopeFactors).Sum(t => t.Count);

    /// <summary>All shapes, small ones first.</summary>
    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        new() { Name = "125m", Blocks = 12, Hidden = 768, Heads = 12, KeyHeads = 4, FeedForward = 2048, Vocabulary = 32_000, Context = 8192 },
        new() { Name = "smollm2-135m", Blocks = 30, Hidden = 576, Heads = 9, KeyHeads = 3, FeedForward = 1536, Vocabulary = 49_152, Context = 8192, RopeBase = 1e5, TiedHead = true },
        new() { Name = "qwen2.5-0.5b", Architecture = "qwen2", Blocks = 24, Hidden = 896, Heads = 14, KeyHeads = 2, FeedForward = 4864, Vocabulary = 151_936, Context = 32_768, RopeBase = LongRopeBase, NormEpsilon = 1e-6, TiedHead = true, AttentionBias = true },
        new() { Name = "tinyllama-1.1b", Blocks = 22, Hidden = 2048, Heads = 32, KeyHeads = 4, FeedForward = 5632, Vocabulary = 32_000, Context = 8192 },
        new() { Name = "llama-3.2-1b", Blocks = 16, Hidden = 2048, Heads = 32, KeyHeads = 8, FeedForward = 8192, Vocabulary = 128_256, Context = 131_072, RopeBase = 5e5, TiedHead = true, RopeFactor = 32 },
        new() { Name = "qwen2.5-1.5b", Architecture = "qwen2", Blocks = 28, Hidden = 1536, Heads = 12, KeyHeads = 2, FeedForward = 8960, Vocabulary = 151_936, Context = 131_072, RopeBase = LongRopeBase, NormEpsilon = 1e-6, TiedHead = true, AttentionBias = true },
        new() { Name = "llama-3.2-3b", Blocks = 28, Hidden = 3072, Heads = 24, KeyHeads = 8, FeedForward = 8192, Vocabulary = 128_256, Context = 131_072, RopeBase = 5e5, TiedHead = true, RopeFactor = 32 },
        new() { Name = "llama-2-7b", Blocks = 32, Hidden = 4096, Heads = 32, KeyHeads = 32, FeedForward = 11_008, Vocabulary = 32_000, Context = 4096 },
        new() { Name = "mistral-7b", Blocks = 32, Hidden = 4096, Heads = 32, KeyHeads = 8, FeedForward = 14_336, Vocabulary = 32_768, Context = 32_768, RopeBase = LongRopeBase },
        new() { Name = "qwen2.5-7b", Architecture = "qwen2", Blocks = 28, Hidden = 3584, Heads = 28, KeyHeads = 4, FeedForward = 18_944, Vocabulary = 152_064, Context = 131_072, RopeBase = LongRopeBase, NormEpsilon = 1e-6, AttentionBias = true },
        new() { Name = "llama-3.1-8b", Blocks = 32, Hidden = 4096, Heads = 32, KeyHeads = 8, FeedForward = 14_336, Vocabulary = 128_256, Context = 131_072, RopeBase = 5e5, RopeFactor = 8 },
    ];

    /// <summary>The shape with this name, in any case.</summary>
    /// <exception cref="InputException">None has it.</exception>
    public static SyntheticShape Parse(string name) => All.FirstOrDefault(s => s.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"Unknown shape '{name}'. Known: {string.Join(", ", All.Select(s => s.Name))}.");

    /// <inheritdoc/>
    public override string ToString() => Name;
}
