namespace Colibri.Files;

/// <summary>
/// The rotary embedding's parameters, read from whichever spelling a model uses: transformers 4 (<c>rope_theta</c> beside
/// <c>rope_scaling</c>), transformers 5 (one <c>rope_parameters</c> object, or one for each kind of layer), or GGUF
/// (<c>ARCH.rope.*</c>). Null means the file says nothing and the family's own default holds.
/// </summary>
internal sealed record RopeSettings
{
    /// <summary>default, linear, dynamic, yarn, llama3, longrope ... in transformers' names.</summary>
    public string Kind { get; init; } = "default";

    /// <summary>The base of the frequencies.</summary>
    public double? Theta { get; init; }

    /// <summary>How many times longer than trained the context is made.</summary>
    public double? Factor { get; init; }

    /// <summary>The context before stretching.</summary>
    public int? OriginalContext { get; init; }

    /// <summary>The share of a head's values that is rotated, 0 to 1.</summary>
    public double? PartialFactor { get; init; }

    /// <summary>How many of a head's values are rotated (GGUF says it as a number).</summary>
    public int? Dimensions { get; init; }

    /// <summary>llama3: wavelengths longer than the original context over this are stretched fully.</summary>
    public double? LowFrequencyFactor { get; init; }

    /// <summary>llama3: wavelengths shorter than the original context over this are left alone.</summary>
    public double? HighFrequencyFactor { get; init; }

    /// <summary>yarn: what attention scores are scaled by; null lets the factor decide.</summary>
    public double? AttentionFactor { get; init; }

    /// <summary>yarn: what the scale of attention scores that follows from the factor is multiplied by (GGUF only).</summary>
    public double? AttentionMultiplier { get; init; }

    /// <summary>yarn: the number of rotations above which frequencies are left alone.</summary>
    public double? BetaFast { get; init; }

    /// <summary>yarn: the number of rotations below which frequencies are stretched fully.</summary>
    public double? BetaSlow { get; init; }

    /// <summary>yarn: how strongly to mix in the unstretched frequencies (GGUF only).</summary>
    public double? ExtensionFactor { get; init; }

    /// <summary>yarn: the slope of the score scale.</summary>
    public double? Scale { get; init; }

    /// <summary>yarn: the slope of the score scale for all dimensions.</summary>
    public double? ScaleAllDimensions { get; init; }

    /// <summary>yarn: whether the ramp's ends are rounded to whole dimensions.</summary>
    public bool? Truncate { get; init; }

    /// <summary>longrope: a factor per frequency for contexts up to the original one.</summary>
    public IReadOnlyList<double>? ShortFactors { get; init; }

    /// <summary>longrope: a factor per frequency for longer contexts.</summary>
    public IReadOnlyList<double>? LongFactors { get; init; }

    /// <summary>Reads a config.json.</summary>
    /// <param name="config">The configuration (the text part of it, see <see cref="HuggingFaceConfig.TextPart"/>).</param>
    /// <param name="layerKind">
    /// For models that rotate different layers differently, the kind of layer, for example <c>full_attention</c>; otherwise null.
    /// </param>
    /// <exception cref="InputException">A value has the wrong type or range.</exception>
    public static RopeSettings FromHuggingFace(Settings config, string? layerKind = null)
    {
        var section = Parameters(config, layerKind);
        var kind = section?.Text("rope_type") ?? section?.Text("type") ?? "default";
        return new RopeSettings
        {
            Kind = kind == "su" ? "longrope" : kind,
            Theta = section?.Positive("rope_theta") ?? config.Positive("rope_theta"),
            Factor = section?.Positive("factor"),
            OriginalContext = (int?)(section?.Integer("original_max_position_embeddings", 1) ?? config.Integer("original_max_position_embeddings", 1)),
            PartialFactor = section?.Positive("partial_rotary_factor") ?? config.Positive("partial_rotary_factor") ?? config.Positive("rotary_pct"),
            LowFrequencyFactor = section?.Positive("low_freq_factor"),
            HighFrequencyFactor = section?.Positive("high_freq_factor"),
            AttentionFactor = section?.Positive("attention_factor"),
            BetaFast = section?.Positive("beta_fast"),
            BetaSlow = section?.Positive("beta_slow"),
            Scale = section?.Number("mscale"),
            ScaleAllDimensions = section?.Number("mscale_all_dim"),
            Truncate = section?.Flag("truncate"),
            ShortFactors = section?.Numbers("short_factor"),
            LongFactors = section?.Numbers("long_factor"),
        };
    }

    /// <summary>
    /// Reads GGUF metadata. Models of the llama3 kind carry their factors as a tensor, <c>rope_freqs.weight</c>, and
    /// longrope models as <c>rope_factors_short.weight</c> and <c>rope_factors_long.weight</c>; those are the family's to read.
    /// </summary>
    /// <param name="settings">All metadata.</param>
    /// <param name="architecture">The prefix of the keys.</param>
    /// <exception cref="InputException">A value has the wrong type or range.</exception>
    public static RopeSettings FromGguf(Settings settings, string architecture)
    {
        var prefix = $"{architecture}.rope.";
        var factor = settings.Positive(prefix + "scaling.factor") ?? settings.Positive(prefix + "scale_linear");
        var kind = settings.Text(prefix + "scaling.type");
        return new RopeSettings
        {
            // Files from before scaling.type existed name only a factor, and mean linear.
            Kind = kind switch { "none" => "default", null => factor is null or 1 ? "default" : "linear", _ => kind },
            Theta = settings.Positive(prefix + "freq_base"),
            Dimensions = (int?)settings.Integer(prefix + "dimension_count", 1),
            Factor = factor,
            OriginalContext = (int?)settings.Integer(prefix + "scaling.original_context_length", 1),
            AttentionMultiplier = settings.Positive(prefix + "scaling.attn_factor"),
            BetaFast = settings.Positive(prefix + "scaling.yarn_beta_fast"),
            BetaSlow = settings.Positive(prefix + "scaling.yarn_beta_slow"),
            ExtensionFactor = settings.Number(prefix + "scaling.yarn_ext_factor"),
            ScaleAllDimensions = settings.Number(prefix + "scaling.yarn_log_multiplier"),
        };
    }

    // A nested rope_parameters has an object for each kind of layer; a plain one has the numbers themselves.
    private static Settings? Parameters(Settings config, string? layerKind)
    {
        var section = config.Section("rope_parameters") ?? config.Section("rope_scaling");
        if (section is not JsonSettings json || json.Element.EnumerateObject().All(p => p.Value.ValueKind != System.Text.Json.JsonValueKind.Object))
        {
            return section;
        }

        if (layerKind is not null && json.Has(layerKind))
        {
            return json.Section(layerKind);
        }

        return layerKind is null && json.Has("full_attention") ? json.Section("full_attention") : throw new InputException(
            $"{section.Source}: holds parameters for {Printable.List(json.Keys.ToList())}; {Printable.Quote(layerKind ?? "full_attention")} is expected.");
    }
}
