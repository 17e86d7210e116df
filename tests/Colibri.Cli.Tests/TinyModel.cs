using Colibri.Compression.Recipes;
using Colibri.Compression.Synthesis;

namespace Colibri.Cli.Tests;

/// <summary>A model of a few hundred thousand random weights, for tests in which the weights do not matter.</summary>
internal static class TinyModel
{
    /// <summary>Its sizes.</summary>
    public static SyntheticShape Shape { get; } = new()
    {
        Name = "tiny",
        Blocks = 2,
        Hidden = 256,
        Heads = 8,
        KeyHeads = 2,
        FeedForward = 512,
        Vocabulary = 320,
        Context = 128,
    };

    /// <summary>Writes it and gives its path.</summary>
    public static string Write(TemporaryFolder folder, string type)
    {
        var path = folder[$"tiny-{type}.gguf"];
        SyntheticModel.Write(path, Shape, TensorRecipe.Parse(type));
        return path;
    }
}
