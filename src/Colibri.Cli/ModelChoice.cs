using System.CommandLine;
using Colibri.Files;

namespace Colibri.Cli;

/// <summary>The MODEL argument: a path, or nothing for the model that ships with the command.</summary>
internal static class ModelChoice
{
    /// <summary>MODEL where it may be left out.</summary>
    public static Argument<string?> Optional() => new("MODEL")
    {
        Description = "A GGUF file, or a Hugging Face folder (config.json, safetensors, tokenizer.json); without it, the model that ships with colibri.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The path to load.</summary>
    /// <exception cref="InputException">No model was named and none ships with this copy of the command.</exception>
    public static string Path(string? model)
    {
        if (model is not null)
        {
            return model;
        }

        var shipped = System.IO.Path.Combine(AppContext.BaseDirectory, "models", "starter");
        return Directory.Exists(shipped)
            ? shipped
            : throw new InputException($"No model was named, and {shipped}, where the shipped one belongs, is not there. Name a GGUF file or a Hugging Face folder.");
    }

    /// <summary>Opens the model's files without loading it.</summary>
    public static ModelSource Open(string? model) => ModelSource.Open(Path(model));
}
