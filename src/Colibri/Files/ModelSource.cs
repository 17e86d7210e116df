using Colibri.Files.Quantized;
using Colibri.Formats;
using Colibri.Text;

namespace Colibri.Files;

/// <summary>
/// An opened model on disk: its tensors (mapped, not read), its configuration and its tokenizer. Families read from it;
/// it knows formats and files, and no family.
/// </summary>
public abstract class ModelSource : IDisposable
{
    /// <summary>The file or folder as the user named it.</summary>
    public abstract string Path { get; }

    /// <summary>What kind of layout this is: it decides how a family names tensors and keys.</summary>
    public abstract ModelLayout Layout { get; }

    /// <summary>The family's name as the file states it: GGUF general.architecture, or config.json model_type.</summary>
    /// <exception cref="InputException">The file does not state it.</exception>
    public abstract string Architecture { get; }

    /// <summary>The configuration: all GGUF metadata, or config.json.</summary>
    public abstract Settings Settings { get; }

    /// <summary>All tensors by name.</summary>
    /// <exception cref="InputException">There are no weights at all, only a tokenizer.</exception>
    public abstract IReadOnlyDictionary<string, StoredTensor> Tensors { get; }

    /// <summary>Weights of the model: packed integers count each, and what goes with them (scales, zero points) does not.</summary>
    public long Parameters => Tensors.Values.Sum(ParametersOf);

    /// <summary>End-of-text tokens by the generation settings or metadata; empty where none are named.</summary>
    public abstract IReadOnlyList<int> EndOfTextIds { get; }

    /// <summary>The model's chat template in Jinja, or null.</summary>
    public abstract string? ChatTemplate { get; }

    /// <summary>All chat templates by name; the usual one is called <c>default</c>.</summary>
    public abstract IReadOnlyDictionary<string, string> ChatTemplates { get; }

    /// <summary>How the model's makers advise to sample.</summary>
    public abstract GenerationDefaults GenerationDefaults { get; }

    /// <summary>How many weights a tensor holds.</summary>
    internal virtual long ParametersOf(StoredTensor tensor) => tensor.Count;

    /// <summary>Layers that are stored as integers with scales in tensors beside them, or null where there are none.</summary>
    /// <exception cref="InputException">They are stored in a way that cannot be computed.</exception>
    internal virtual QuantizedLayers? QuantizedLayers => null;

    /// <summary>All files it is made of, which no output may replace.</summary>
    internal IEnumerable<string> Files =>
        MappedFiles.Select(f => f.Path).Concat(Directory.Exists(Path) ? Directory.GetFiles(Path) : []);

    /// <summary>The mapped files.</summary>
    internal abstract IReadOnlyList<MappedFile> MappedFiles { get; }

    /// <summary>Loads the tokenizer, or gives null where the model has none.</summary>
    /// <exception cref="InputException">There is one and it is faulty.</exception>
    public abstract Tokenizer? LoadTokenizer();

    /// <summary>Opens a GGUF file (or the first of a split one) or a Hugging Face folder, without reading weights.</summary>
    /// <param name="path">File or folder. A file inside a Hugging Face folder stands for the folder.</param>
    /// <exception cref="InputException">Nothing is there, or what is there cannot be a model.</exception>
    public static ModelSource Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return ModelDetection.Detect(path) switch
        {
            (ModelLayout.Gguf, var file) => GgufSource.Open(file),
            (_, var folder) => HuggingFaceSource.Open(folder),
        };
    }

    /// <summary>Releases the mapped files; tensors must not be used any more.</summary>
    public abstract void Dispose();

    /// <summary>The stretch of a mapped file that weights lie in, or null where they lie elsewhere (a turned copy).</summary>
    internal unsafe MappedRange? RangeOf(Weight weight)
    {
        foreach (var file in MappedFiles)
        {
            if (weight.Address >= file.Address && weight.Address < file.Address + file.Length)
            {
                return new MappedRange(file, weight.Address - file.Address, weight.Bytes);
            }
        }

        return null;
    }
}

/// <summary>How a model lies on disk.</summary>
public enum ModelLayout
{
    /// <summary>One GGUF file, or several split ones.</summary>
    Gguf,

    /// <summary>A folder with config.json and safetensors.</summary>
    HuggingFace,
}
