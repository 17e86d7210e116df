using Colibri.Compression.Synthesis;

namespace Colibri.Compression.Tests.Synthesis;

/// <summary>Shapes small enough for tests; the two of shared/data/gguf-golden.</summary>
internal static class SmallShapes
{
    public static SyntheticShape Llama { get; } = new()
    {
        Name = "llama-256",
        Blocks = 2,
        Hidden = 256,
        Heads = 8,
        KeyHeads = 2,
        FeedForward = 512,
        Vocabulary = 320,
        Context = 128,
    };

    public static SyntheticShape Qwen { get; } = Llama with { Name = "qwen2-256", Architecture = "qwen2", TiedHead = true, AttentionBias = true };
}
