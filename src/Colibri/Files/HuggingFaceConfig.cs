namespace Colibri.Files;

/// <summary>What transformers 4 and 5 spell differently in a config.json, whatever the family.</summary>
internal static class HuggingFaceConfig
{
    /// <summary>The language model's part of the configuration: <c>text_config</c> of a multimodal model, otherwise all of it.</summary>
    public static Settings TextPart(Settings config) => config.Section("text_config") ?? config.Section("llm_config") ?? config;

    /// <summary>The type the weights were saved in: <c>dtype</c> (5) or <c>torch_dtype</c> (4), without "torch."; null where it is not said.</summary>
    public static string? DataType(Settings config)
    {
        var name = config.Text("dtype") ?? config.Text("torch_dtype");
        return name is not null && name.StartsWith("torch.", StringComparison.Ordinal) ? name[6..] : name;
    }
}
