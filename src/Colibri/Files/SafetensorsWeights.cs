using System.Text.Json;

namespace Colibri.Files;

/// <summary>The weights of a Hugging Face folder: one safetensors file, or the shards its index lists.</summary>
internal sealed class SafetensorsWeights : IDisposable
{
    public const string SingleName = "model.safetensors";
    public const string IndexName = "model.safetensors.index.json";

    private readonly List<MappedFile> _files = [];
    private readonly Dictionary<string, StoredTensor> _tensors = new(StringComparer.Ordinal);

    /// <summary>The mapped files.</summary>
    public IReadOnlyList<MappedFile> MappedFiles => _files;

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <summary>The <c>__metadata__</c> of the single file, or of the first shard.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private set; } = new Dictionary<string, string>();

    /// <summary>Opens the weights in a folder, or gives null where there are none.</summary>
    /// <exception cref="InputException">They are faulty, or a shard is missing.</exception>
    public static SafetensorsWeights? Open(string folder)
    {
        // The order of transformers: a single file goes before an index.
        var single = Path.Combine(folder, SingleName);
        var index = Path.Combine(folder, IndexName);
        var weights = new SafetensorsWeights();
        try
        {
            if (File.Exists(single))
            {
                weights.AddSingle(single);
            }
            else if (File.Exists(index))
            {
                weights.AddShards(folder, index);
            }
            else if (Directory.GetFiles(folder, "*.safetensors") is { Length: > 0 } others)
            {
                weights.AddSingle(others.Length == 1 ? others[0] : throw new InputException(
                    $"{folder}: holds {others.Length} safetensors files, but neither {SingleName} nor {IndexName} to tell which belong together."));
            }
            else
            {
                return null;
            }

            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _files.ForEach(f => f.Dispose());

    private void AddSingle(string path)
    {
        var file = Map(path);
        Metadata = file.Metadata;
        foreach (var tensor in file.Tensors)
        {
            _tensors.Add(tensor.Name, tensor);
        }
    }

    private void AddShards(string folder, string indexPath)
    {
        var shards = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (tensor, shard) in ReadIndex(indexPath))
        {
            if (!shards.TryGetValue(shard, out var names))
            {
                shards.Add(shard, names = []);
            }

            names.Add(tensor);
        }

        var missing = shards.Keys.Where(s => !File.Exists(Path.Combine(folder, s))).ToList();
        if (missing.Count > 0)
        {
            throw new InputException($"{indexPath}: shards are missing from the folder: {Printable.List(missing)}. Copy or download them.");
        }

        var first = true;
        foreach (var (shard, names) in shards.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            var file = Map(path);
            Metadata = first ? file.Metadata : Metadata;
            first = false;
            var there = file.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
            var lost = names.Where(n => !there.ContainsKey(n)).ToList();
            if (lost.Count > 0)
            {
                throw new InputException($"{path}: lacks tensors that {IndexName} puts there: {Printable.List(lost)}. Shards and index belong to different models.");
            }

            names.ForEach(n => _tensors.Add(n, there[n]));
        }
    }

    private static IEnumerable<(string Tensor, string Shard)> ReadIndex(string path)
    {
        var map = JsonSettings.Load(path).Find("weight_map");
        if (map is not { ValueKind: JsonValueKind.Object })
        {
            throw new InputException($"{path}: 'weight_map' is {(map is null ? "missing" : "no object")}; an object from tensor names to file names is expected.");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in map.Value.EnumerateObject())
        {
            var shard = entry.Value.ValueKind == JsonValueKind.String ? entry.Value.GetString()! : "";

            // A name from a stranger's file must not lead out of the folder.
            if (shard.Length == 0 || shard.AsSpan().IndexOfAny('/', '\\', '\0') >= 0 || shard is "." or ".." || shard.Contains(':', StringComparison.Ordinal))
            {
                throw new InputException($"{path}: tensor {Printable.Quote(entry.Name)} is put into {(entry.Value.ValueKind == JsonValueKind.String ? Printable.Quote(shard) : Printable.Quote(entry.Value.GetRawText()))}; the name of a file in the same folder is expected.");
            }

            yield return seen.Add(entry.Name) ? (entry.Name, shard)
                : throw new InputException($"{path}: tensor {Printable.Quote(entry.Name)} appears twice.");
        }
    }

    private SafetensorsFile Map(string path)
    {
        _files.Add(MappedFile.Open(path));
        return SafetensorsFile.Parse(_files[^1]);
    }
}
