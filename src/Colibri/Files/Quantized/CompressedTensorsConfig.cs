namespace Colibri.Files.Quantized;

/// <summary>
/// The <c>quantization_config</c> of compressed-tensors (vllm-project/compressed-tensors, quant_config.py and quant_args.py): groups
/// of layers with how their weights and inputs are quantized. Which layers are left alone ("ignore", "targets") needs no reading:
/// a layer is quantized where its tensors say so.
/// </summary>
internal static class CompressedTensorsConfig
{
    /// <summary>Weights of eight bits as bytes, inputs quantized while running.</summary>
    private const string IntQuantized = "int-quantized";

    /// <summary>Weights of four bits, eight in a word.</summary>
    private const string PackQuantized = "pack-quantized";

    /// <summary>The folder's layers.</summary>
    /// <exception cref="InputException">A group asks for what cannot be computed.</exception>
    public static QuantizedLayers Layers(Settings config, IReadOnlyDictionary<string, StoredTensor> tensors)
    {
        var groups = config.Section("config_groups")
            ?? throw new InputException($"{config.Source}: 'config_groups' is missing; it says how layers are quantized.");
        if (config.Section("sparsity_config")?.Text("format") is { } sparsity && sparsity != "dense")
        {
            throw Refusal(config, $"'sparsity_config' has the format {Printable.Quote(sparsity)}", "'dense'");
        }

        var layouts = new HashSet<string>();
        var asymmetric = true;
        foreach (var group in groups.Keys.Select(key => groups.Section(key)!))
        {
            var layout = group.Text("format") ?? config.Text("format") ?? "";
            layouts.Add(layout);
            switch (layout)
            {
                case IntQuantized:
                    CheckBytes(group);
                    break;
                case PackQuantized:
                    CheckNibbles(group);
                    asymmetric &= !(group.Section("weights")!.Flag("symmetric") ?? true);
                    break;
                default:
                    throw Refusal(group, $"'format' is {Printable.Quote(layout)}", $"'{IntQuantized}' and '{PackQuantized}'");
            }
        }

        return layouts.Count == 1
            ? layouts.Contains(IntQuantized) ? new ChannelLayers(tensors) : new PackQuantizedLayers(tensors, asymmetric)
            : throw Refusal(groups, layouts.Count == 0 ? "there are no groups" : "groups have different formats", "groups of one format");
    }

    // Weights: eight bits, symmetric, a scale for each output. Inputs: eight bits, a scale for each token, found while running.
    private static void CheckBytes(Settings group)
    {
        var weights = group.Section("weights") ?? throw Refusal(group, "'weights' is missing", "how weights are quantized");
        CheckNumbers(weights, 8);
        Check(weights, weights.Flag("symmetric") ?? true, "'symmetric' is false", "symmetric weights");
        var strategy = weights.Text("strategy") ?? "tensor";
        Check(weights, strategy is "channel" or "tensor", $"'strategy' is {Printable.Quote(strategy)}", "'channel'");
        Check(weights, !(weights.Flag("dynamic") ?? false), "'dynamic' is true", "weights with stored scales");
        var inputs = group.Section("input_activations") ?? throw Refusal(group, "'input_activations' is missing", "8-bit activations with a scale per token");
        CheckNumbers(inputs, 8);
        Check(inputs, IsDynamic(inputs), "'dynamic' is false", "activations whose scales are found while running");
        strategy = inputs.Text("strategy") ?? "token";
        Check(inputs, strategy == "token", $"'strategy' is {Printable.Quote(strategy)}", "'token'");
        Check(group, group.Section("output_activations") is null, "'output_activations' is there", "outputs that are not quantized");
    }

    // Weights: four bits, a scale for each group of inputs or for each output. Inputs as they are, or quantized while running: Colibri
    // quantizes them by blocks of its own, which are finer than tokens.
    private static void CheckNibbles(Settings group)
    {
        var weights = group.Section("weights") ?? throw Refusal(group, "'weights' is missing", "how weights are quantized");
        CheckNumbers(weights, 4);
        var strategy = weights.Text("strategy") ?? "group";
        Check(weights, strategy is "group" or "channel", $"'strategy' is {Printable.Quote(strategy)}", "'group' and 'channel'");
        if (group.Section("input_activations") is { } inputs)
        {
            CheckNumbers(inputs, 8);
            Check(inputs, IsDynamic(inputs), "'dynamic' is false", "activations whose scales are found while running");
        }

        Check(group, group.Section("output_activations") is null, "'output_activations' is there", "outputs that are not quantized");
    }

    private static void CheckNumbers(Settings part, int bits)
    {
        var found = part.Integer("num_bits") ?? 8;
        Check(part, found == bits, $"'num_bits' is {found}", $"{bits}");
        var type = part.Text("type") ?? "int";
        Check(part, type == "int", $"'type' is {Printable.Quote(type)}", "'int'");
    }

    // "local" means dynamic within groups, which is something else.
    private static bool IsDynamic(Settings part) => part is JsonSettings json && json.Find("dynamic") is { ValueKind: System.Text.Json.JsonValueKind.True };

    private static void Check(Settings part, bool holds, string found, string expected)
    {
        if (!holds)
        {
            throw Refusal(part, found, expected);
        }
    }

    private static InputException Refusal(Settings part, string found, string expected) =>
        new($"{part.Source}: {found}, which cannot be computed yet; {expected} can.");
}
