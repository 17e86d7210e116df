using Colibri.Benchmarks.LlamaCpp;
using Colibri.Compression.Conversion;
using Colibri.Compression.Recipes;

namespace Colibri.Benchmarks.Comparison;

/// <summary>GGUF files made from the model that ships with the project, in a folder that is gone afterwards.</summary>
internal sealed class StarterFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("colibri-benchmarks-").FullName;

    /// <summary>The model they are made from.</summary>
    public static string Model => Path.Combine(PeerFolder.Repository, "models", "starter");

    /// <summary>Makes a file.</summary>
    /// <param name="recipe">Its formats.</param>
    /// <param name="pure">Whether every matrix gets the recipe's format itself.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Its path.</returns>
    public string Make(TensorRecipe recipe, bool pure, CancellationToken cancellation)
    {
        var path = Path.Combine(_folder, $"starter-{recipe.Name}.gguf");
        foreach (var note in GgufConverter.Convert(Model, path, new ConversionOptions { Recipe = recipe, Pure = pure }, cancellation))
        {
            Console.Error.WriteLine($"{recipe.Name}: {note}");
        }

        return path;
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
