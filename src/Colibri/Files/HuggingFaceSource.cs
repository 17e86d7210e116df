using System.Text;
using System.Text.Json;
using Colibri.Files.Quantized;
using Colibri.Text;

namespace Colibri.Files;

/// <summary>
/// A model in a Hugging Face folder: config.json, safetensors, and what lies beside them. A folder that holds only a
/// tokenizer opens too; asking it for an architecture or tensors then says what is missing.
/// </summary>
internal sealed class HuggingFaceSource : ModelSource
{
    private readonly SafetensorsWeights? _weights;
    private readonly JsonSettings _config;
    private readonly JsonSettings? _generation;
    private readonly Dictionary<string, string> _chatTemplates;
    private readonly bool _hasConfig;

    private HuggingFaceSource(string folder)
    {
        Path = folder;
        TokenizerJsonPath = Existing("tokenizer.json");
        TokenizerConfigPath = Existing("tokenizer_config.json");
        var config = Existing("config.json");
        _hasConfig = config is not null;
        _config = config is null ? JsonSettings.Empty(folder) : JsonSettings.Load(config);
        _generation = Existing("generation_config.json") is { } generation ? JsonSettings.Load(generation) : null;
        TokenizerConfig = TokenizerConfigPath is null ? null : JsonSettings.Load(TokenizerConfigPath);
        GenerationDefaults = _generation is null ? GenerationDefaults.None : GenerationDefaults.FromHuggingFace(_generation);
        EndOfTextIds = ReadEndOfTextIds(_generation) ?? ReadEndOfTextIds(_config) ?? [];
        _chatTemplates = ReadChatTemplates();
        _weights = SafetensorsWeights.Open(folder);
    }

    /// <inheritdoc/>
    public override string Path { get; }

    /// <summary>tokenizer.json, or null.</summary>
    public string? TokenizerJsonPath { get; }

    /// <summary>tokenizer_config.json, or null.</summary>
    public string? TokenizerConfigPath { get; }

    /// <summary>The content of tokenizer_config.json, or null.</summary>
    public JsonSettings? TokenizerConfig { get; }

    /// <summary>The content of generation_config.json, or null.</summary>
    public Settings? GenerationConfig => _generation;

    /// <summary>The safetensors files' own metadata.</summary>
    public IReadOnlyDictionary<string, string> WeightsMetadata => _weights?.Metadata ?? new Dictionary<string, string>();

    /// <inheritdoc/>
    public override ModelLayout Layout => ModelLayout.HuggingFace;

    /// <inheritdoc/>
    public override string Architecture => _config.Text("model_type") ?? throw new InputException(_hasConfig
        ? $"{_config.Source}: 'model_type' is missing; the model's family cannot be told."
        : $"{Path}: has no config.json; only the tokenizer in it can be used.");

    /// <inheritdoc/>
    public override Settings Settings => _config;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, StoredTensor> Tensors => _weights?.Tensors ?? throw NoWeights();

    /// <inheritdoc/>
    public override IReadOnlyList<int> EndOfTextIds { get; }

    /// <inheritdoc/>
    public override string? ChatTemplate =>
        _chatTemplates.TryGetValue("default", out var template) ? template : _chatTemplates.Values.FirstOrDefault();

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string> ChatTemplates => _chatTemplates;

    /// <inheritdoc/>
    public override GenerationDefaults GenerationDefaults { get; }

    /// <inheritdoc/>
    internal override long ParametersOf(StoredTensor tensor) => QuantizedLayers.ParametersOf(tensor);

    /// <inheritdoc/>
    internal override QuantizedLayers? QuantizedLayers => QuantizedLayers.Of(_config, Tensors);

    /// <inheritdoc/>
    internal override IReadOnlyList<MappedFile> MappedFiles => _weights?.MappedFiles ?? [];

    /// <summary>Opens a folder.</summary>
    /// <exception cref="InputException">A file in it is faulty.</exception>
    public static new HuggingFaceSource Open(string folder)
    {
        try
        {
            return new HuggingFaceSource(folder);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new InputException($"{folder}: the folder cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    /// <summary>Whether the folder holds anything this source can use.</summary>
    public static bool LooksLike(string folder) =>
        File.Exists(System.IO.Path.Combine(folder, "config.json")) || Tokenizer.IsInFolder(folder);

    /// <inheritdoc/>
    public override Tokenizer? LoadTokenizer() => TokenizerLoading.From(this);

    /// <inheritdoc/>
    public override void Dispose() => _weights?.Dispose();

    private static List<int>? ReadEndOfTextIds(JsonSettings? settings)
    {
        if (settings?.Find("eos_token_id") is not { } value)
        {
            return null;
        }

        var ids = new List<int>();
        foreach (var item in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var id) || id < -1)
            {
                throw new InputException($"{settings.Source}: 'eos_token_id' is {Printable.Quote(value.GetRawText())}; a token id or a list of them is expected.");
            }

            // -1 is how some configurations say "none".
            if (id >= 0 && !ids.Contains(id))
            {
                ids.Add(id);
            }
        }

        return ids;
    }

    private Dictionary<string, string> ReadChatTemplates()
    {
        var templates = new Dictionary<string, string>(StringComparer.Ordinal);
        if (TokenizerConfig?.Find("chat_template") is { } value)
        {
            AddTemplates(TokenizerConfig, value, templates);
        }

        if (Existing("chat_template.json") is { } json && JsonSettings.Load(json) is var settings && settings.Find("chat_template") is { } inner)
        {
            AddTemplates(settings, inner, templates);
        }

        // Files of their own go before what the configuration says.
        if (Existing("chat_template.jinja") is { } single)
        {
            templates["default"] = ReadText(single);
        }

        var more = System.IO.Path.Combine(Path, "additional_chat_templates");
        if (Directory.Exists(more))
        {
            foreach (var file in Directory.GetFiles(more, "*.jinja").Order(StringComparer.Ordinal))
            {
                templates[System.IO.Path.GetFileNameWithoutExtension(file)] = ReadText(file);
            }
        }

        return templates;
    }

    private static void AddTemplates(JsonSettings settings, JsonElement value, Dictionary<string, string> templates)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            templates["default"] = value.GetString()!;
            return;
        }

        foreach (var item in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().ToArray() : [value])
        {
            if (item.ValueKind != JsonValueKind.Object
                || !item.TryGetProperty("name", out var name) || name.ValueKind != JsonValueKind.String
                || !item.TryGetProperty("template", out var template) || template.ValueKind != JsonValueKind.String)
            {
                throw new InputException($"{settings.Source}: 'chat_template' must be a string, or a list of objects with 'name' and 'template'.");
            }

            templates[name.GetString()!] = template.GetString()!;
        }
    }

    private static string ReadText(string path) => Encoding.UTF8.GetString(JsonSettings.ReadAll(path));

    private string? Existing(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        return File.Exists(path) ? path : null;
    }

    private InputException NoWeights()
    {
        var pickles = Directory.GetFiles(Path).Select(f => System.IO.Path.GetFileName(f))
            .Where(n => n.EndsWith(".bin", StringComparison.Ordinal) || n.EndsWith(".pt", StringComparison.Ordinal) || n.EndsWith(".pth", StringComparison.Ordinal)).ToList();
        return new InputException($"{Path}: holds no weights; {SafetensorsWeights.SingleName} or {SafetensorsWeights.IndexName} with its shards is expected."
            + (pickles.Count > 0 ? $" {Printable.List(pickles, 2)} is in PyTorch's pickle format, which can run code and is never read: save the model as safetensors." : ""));
    }
}
