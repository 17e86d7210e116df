using Colibri.Files;

namespace Colibri.Models;

/// <summary>A family of models: one file that knows its configuration, its tensor names and its forward pass.</summary>
/// <param name="Names">What files call it, in GGUF's general.architecture and config.json's model_type.</param>
/// <param name="Create">Makes a model from a source; throws <see cref="InputException"/> where it does not fit.</param>
/// <param name="Export">Describes a model in the Hugging Face layout as a GGUF file holds it; throws <see cref="InputException"/> where it does not fit.</param>
internal sealed record ModelFamily(IReadOnlyList<string> Names, Func<ModelSource, LanguageModel> Create, Func<ModelSource, GgufExport> Export)
{
    /// <summary>Every family Colibri runs.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [LlamaModel.Family, Gpt2Model.Family];

    /// <summary>Makes the model a source holds.</summary>
    /// <exception cref="InputException">The family is unknown, or the files do not hold what it needs.</exception>
    public static LanguageModel CreateModel(ModelSource source) => Find(source).Create(source);

    /// <summary>The model a Hugging Face folder holds, as a GGUF file holds it.</summary>
    /// <exception cref="InputException">The family is unknown, or the files do not hold what it needs.</exception>
    public static GgufExport ExportModel(ModelSource source) => Find(source).Export(source);

    private static ModelFamily Find(ModelSource source)
    {
        var architecture = source.Architecture;
        return All.FirstOrDefault(f => f.Names.Contains(architecture, StringComparer.Ordinal))
            ?? throw new InputException($"{source.Path}: models of the family {Printable.Quote(architecture)} cannot be run yet. Families that run: {string.Join(", ", All.SelectMany(f => f.Names))}.");
    }
}
