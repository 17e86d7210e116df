namespace Colibri.Files;

/// <summary>
/// How a model's makers advise to sample from it (generation_config.json, or GGUF's <c>general.sampling.*</c>); null where
/// they say nothing.
/// </summary>
public sealed record GenerationDefaults
{
    /// <summary>Nothing advised.</summary>
    public static GenerationDefaults None { get; } = new();

    /// <summary>Whether to sample at all; false means greedy.</summary>
    public bool? Sample { get; init; }

    /// <summary>The temperature, 0 or more.</summary>
    public double? Temperature { get; init; }

    /// <summary>How many of the likeliest tokens are kept; 0 keeps all.</summary>
    public int? TopK { get; init; }

    /// <summary>The share of probability whose tokens are kept, 0 to 1.</summary>
    public double? TopP { get; init; }

    /// <summary>The least probability relative to the likeliest token, 0 to 1.</summary>
    public double? MinP { get; init; }

    /// <summary>The divisor for tokens that have occurred; 1 changes nothing.</summary>
    public double? RepetitionPenalty { get; init; }

    internal static GenerationDefaults FromHuggingFace(Settings settings) => new()
    {
        Sample = settings.Flag("do_sample"),
        Temperature = Between(settings, "temperature", 0, 100),
        TopK = Count(settings, "top_k"),
        TopP = Between(settings, "top_p", 1e-9, 1),
        MinP = Between(settings, "min_p", 0, 1),
        RepetitionPenalty = Between(settings, "repetition_penalty", 1e-3, 100),
    };

    internal static GenerationDefaults FromGguf(Settings settings) => new()
    {
        Temperature = Between(settings, "general.sampling.temp", 0, 100),
        TopK = Count(settings, "general.sampling.top_k"),
        TopP = Between(settings, "general.sampling.top_p", 1e-9, 1),
        MinP = Between(settings, "general.sampling.min_p", 0, 1),
        RepetitionPenalty = Between(settings, "general.sampling.penalty_repeat", 1e-3, 100),
    };

    // -1 is another way to say that all are kept.
    private static int? Count(Settings settings, string key) =>
        settings.Integer(key, -1) is { } number ? (int)Math.Max(0, number) : null;

    private static double? Between(Settings settings, string key, double minimum, double maximum) =>
        settings.Number(key) is not { } number ? null
        : number >= minimum && number <= maximum ? number
        : throw new InputException($"{settings.Source}: '{key}' is {number}; a number from {minimum} to {maximum} is expected.");
}
