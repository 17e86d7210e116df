using System.Globalization;
using Colibri.Text;

namespace Colibri.Files;

/// <summary>A model in a GGUF file, or in the parts of a split one (<c>NAME-00001-of-0000N.gguf</c>).</summary>
internal sealed class GgufSource : ModelSource
{
    private readonly List<MappedFile> _files;
    private readonly Dictionary<string, StoredTensor> _tensors;

    private GgufSource(string path, uint version, GgufMetadata metadata, List<MappedFile> files, Dictionary<string, StoredTensor> tensors)
    {
        Path = path;
        Version = version;
        Metadata = metadata;
        _files = files;
        _tensors = tensors;
        EndOfTextIds = ReadEndOfTextIds(metadata);
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>The GGUF version: 2 or 3.</summary>
    public uint Version { get; }

    /// <summary>All metadata (of a split model, of its first part).</summary>
    public GgufMetadata Metadata { get; }

    /// <inheritdoc/>
    public override ModelLayout Layout => ModelLayout.Gguf;

    /// <inheritdoc/>
    public override string Architecture => Metadata.Text("general.architecture")
        ?? throw new InputException($"{Path}: 'general.architecture' is missing; the model's family cannot be told.");

    /// <inheritdoc/>
    public override Settings Settings => Metadata;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _tensors;

    /// <inheritdoc/>
    public override IReadOnlyList<int> EndOfTextIds { get; }

    /// <inheritdoc/>
    public override string? ChatTemplate => Metadata.Text("tokenizer.chat_template");

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ChatTemplates => ReadChatTemplates();

    /// <inheritdoc/>
    public override GenerationDefaults GenerationDefaults => GenerationDefaults.FromGguf(Metadata);

    /// <inheritdoc/>
    internal override IReadOnlyList<MappedFile> MappedFiles => _files;

    /// <summary>Opens a GGUF file; of a split model, its first part.</summary>
    /// <exception cref="InputException">It is no GGUF file, it is faulty, or a part is missing.</exception>
    public static new GgufSource Open(string path)
    {
        var files = new List<MappedFile>();
        try
        {
            files.Add(MappedFile.Open(path));
            var first = GgufFile.Parse(files[0]);
            var tensors = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
            AddTensors(path, first, tensors);
            if ((first.Metadata.Integer("split.count", 0, ushort.MaxValue) ?? 0) is var count and > 1)
            {
                OpenParts(path, first, (int)count, files, tensors);
            }

            return new GgufSource(path, first.Version, first.Metadata, files, tensors);
        }
        catch
        {
            files.ForEach(f => f.Dispose());
            throw;
        }
    }

    /// <inheritdoc/>
    public override Tokenizer? LoadTokenizer() => TokenizerLoading.From(this);

    /// <inheritdoc/>
    public override void Dispose() => _files.ForEach(f => f.Dispose());

    private static void OpenParts(string path, GgufFile first, int count, List<MappedFile> files, Dictionary<string, StoredTensor> tensors)
    {
        var number = first.Metadata.Integer("split.no", 0, ushort.MaxValue) ?? 0;
        var prefix = PartPrefix(path, (int)number, count);
        if (number != 0)
        {
            throw new InputException($"{path}: is part {number + 1} of a model split into {count}; open the first part, {PartPath(prefix, 0, count)}.");
        }

        var missing = Enumerable.Range(1, count - 1).Select(i => PartPath(prefix, i, count)).Where(p => !File.Exists(p)).Take(4).ToList();
        if (missing.Count > 0)
        {
            throw new InputException($"{path}: parts of the split model are missing: {string.Join(", ", missing.Take(3))}{(missing.Count > 3 ? ", ..." : "")}. Put all {count} parts into one folder.");
        }

        for (var i = 1; i < count; i++)
        {
            var partPath = PartPath(prefix, i, count);
            files.Add(MappedFile.Open(partPath));
            var part = GgufFile.Parse(files[^1]);
            var (partNumber, partCount) = (part.Metadata.Integer("split.no"), part.Metadata.Integer("split.count"));
            if (partNumber != i || partCount != count)
            {
                throw new InputException($"{partPath}: says it is part {(partNumber + 1)?.ToString(CultureInfo.InvariantCulture) ?? "(no number)"} of {partCount?.ToString(CultureInfo.InvariantCulture) ?? "(no number)"}, but its name says part {i + 1} of {count}.");
            }

            AddTensors(partPath, part, tensors);
        }

        if (first.Metadata.Integer("split.tensors.count") is { } expected && expected != tensors.Count)
        {
            throw new InputException($"{path}: the {count} parts hold {tensors.Count} tensors, but 'split.tensors.count' says {expected}. A part belongs to another model.");
        }
    }

    private static void AddTensors(string path, GgufFile file, Dictionary<string, StoredTensor> tensors)
    {
        foreach (var tensor in file.Tensors)
        {
            if (!tensors.TryAdd(tensor.Name, tensor))
            {
                throw new InputException($"{path}: tensor {Printable.Quote(tensor.Name)} is in an earlier part too.");
            }
        }
    }

    private static string PartPath(string prefix, int number, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number + 1:d5}-of-{count:d5}.gguf");

    private static string PartPrefix(string path, int number, int count)
    {
        var ending = PartPath("", number, count);
        return path.EndsWith(ending, StringComparison.Ordinal)
            ? path[..^ending.Length]
            : throw new InputException($"{path}: is part {number + 1} of a model split into {count}, and its name must end with '{ending}' so that the other parts can be found.");
    }

    private static List<int> ReadEndOfTextIds(GgufMetadata metadata)
    {
        var ids = new List<int>();
        foreach (var key in new[] { "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id" })
        {
            // Some converters write the largest 32-bit number where a model has no such token.
            if (metadata.Integer(key, int.MinValue, uint.MaxValue) is >= 0 and <= int.MaxValue and var id && !ids.Contains((int)id))
            {
                ids.Add((int)id);
            }
        }

        return ids;
    }

    private Dictionary<string, string> ReadChatTemplates()
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (ChatTemplate is { } single)
        {
            templates["default"] = single;
        }

        foreach (var name in Metadata.Texts("tokenizer.chat_templates") ?? [])
        {
            if (Metadata.Text($"tokenizer.chat_template.{name}") is { } template)
            {
                templates[name] = template;
            }
        }

        return templates;
    }
}
