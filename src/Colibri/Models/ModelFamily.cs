using Colibri.Files;

namespace Colibri.Models;

/// <summary>A family of models: one file that knows its configuration, its tensor names and its forward pass.</summary>
/// <param name="Names">What files call it, in GGUF's general.architecture and config.json's model_type.</param>
/// <param name="Create">Makes a model from a source; throws <see cref="InputException"/> where it does not fit.</param>
internal sealed record ModelFamily(IReadOnlyList<string> Names, Func<ModelSource, LanguageModel> Create)
{
    /// <summary>Every family Colibri runs.</summary>
    public static IReadOnlyList<ModelFamily> All { get; } = [LlamaModel.Family, Gpt2Model.Family];

    /// <summary>Makes the model a source holds.</summary>
    /// <exception cref="InputException">The family is unknown, or the files do not hold what it needs.</exception>
    public static LanguageModel CreateModel(ModelSource source)
    {
        var architecture = source.Architecture;
        var family = All.FirstOrDefault(f => f.Names.Contains(architecture, StringComparer.Ordinal))
            ?? throw new InputException($"{source.Path}: models of the family {Printable.Quote(architecture)} cannot be run yet. Families that run: {string.Join(", ", All.SelectMany(f => f.Names))}.");
        return family.Create(source);
    }
}
