using Colibri.Files;

namespace Colibri.Models;

/// <summary>A model as a GGUF file of its family holds it: what a converter writes, without its vocabulary.</summary>
/// <param name="Architecture">What GGUF calls the family.</param>
/// <param name="Vocabulary">Entries of the table of tokens.</param>
/// <param name="Settings">Metadata by key, in order.</param>
/// <param name="Tensors">Tensors in the order of the file, under their names in GGUF.</param>
/// <param name="Notes">What a person should know: what GGUF cannot say, and what was left out.</param>
internal sealed record GgufExport(
    string Architecture,
    int Vocabulary,
    IReadOnlyList<KeyValuePair<string, object>> Settings,
    IReadOnlyList<KeyValuePair<string, TensorRows>> Tensors,
    IReadOnlyList<string> Notes);
