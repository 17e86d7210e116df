using Colibri.Files;

namespace Colibri.Models;

/// <summary>
/// Gathers a family's settings and tensors under their names in GGUF. Tensors are looked up and checked by a
/// <see cref="WeightReader"/>, so that one error names every missing one.
/// </summary>
/// <param name="source">The model.</param>
/// <param name="architecture">What GGUF calls the family: the prefix of the settings.</param>
internal sealed class GgufExportBuilder(ModelSource source, string architecture)
{
    private readonly WeightReader _weights = source.QuantizedLayers is null ? new(source) : throw new InputException(
        $"{source.Path}: its layers are stored as integers ('quantization_config'), and only float weights can be converted. Take the folder they were made from.");
    private readonly List<KeyValuePair<string, object>> _settings = [];
    private readonly List<KeyValuePair<string, TensorRows>> _tensors = [];
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];

    /// <summary>Whether the source holds a tensor.</summary>
    public bool Has(string name) => _weights.Has(name);

    /// <summary>Adds a setting below the family's prefix.</summary>
    public void Set(string key, object value) => _settings.Add(new($"{architecture}.{key}", value));

    /// <summary>Adds a sentence for the person who converts.</summary>
    public void Note(string note) => _notes.Add(note);

    /// <summary>Adds a vector that is computed.</summary>
    public void Add(string name, float[] values) => _tensors.Add(new(name, new GivenRows(name, values)));

    /// <summary>Adds a tensor as it lies, or with its rows in another order.</summary>
    /// <param name="name">Its name in GGUF.</param>
    /// <param name="stored">Its name in the source.</param>
    /// <param name="shape">The sizes it must have.</param>
    /// <param name="order">For each new row the old one, or null.</param>
    public void Add(string name, string stored, long[] shape, Func<long, long>? order = null) =>
        Add(name, stored, shape, tensor => new StoredRows(tensor, order));

    /// <summary>Adds a matrix that is stored the other way around.</summary>
    /// <param name="name">Its name in GGUF.</param>
    /// <param name="stored">Its name in the source.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    public void AddTurned(string name, string stored, long rows, long columns) =>
        Add(name, stored, [columns, rows], tensor => new TurnedRows(tensor));

    /// <summary>Ends the gathering.</summary>
    /// <param name="vocabulary">Entries of the table of tokens.</param>
    /// <param name="ignored">Whether a tensor that was not asked for is known to be of no use.</param>
    /// <exception cref="InputException">Tensors are missing or have wrong shapes.</exception>
    public GgufExport Finish(int vocabulary, Func<string, bool> ignored)
    {
        _weights.ThrowIfFaulty();
        var left = source.Tensors.Keys.Where(name => !_used.Contains(name) && !ignored(name)).Order(StringComparer.Ordinal).ToList();
        if (left.Count > 0)
        {
            _notes.Add($"left out, since the family has no use for them: {Printable.List(left)}");
        }

        return new GgufExport(architecture, vocabulary, _settings, _tensors, _notes);
    }

    private void Add(string name, string stored, long[] shape, Func<StoredTensor, TensorRows> rows)
    {
        _used.Add(stored);
        if (_weights.Find(stored, shape) is { } tensor)
        {
            _tensors.Add(new(name, rows(tensor)));
        }
    }
}
