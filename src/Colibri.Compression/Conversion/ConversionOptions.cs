using Colibri.Compression.Recipes;

namespace Colibri.Compression.Conversion;

/// <summary>How a model is converted.</summary>
public sealed record ConversionOptions
{
    /// <summary>Which formats tensors get; null keeps the stored ones.</summary>
    public TensorRecipe? Recipe { get; init; }

    /// <summary>Whether every matrix gets the recipe's format itself, without the exceptions of the mixture.</summary>
    public bool Pure { get; init; }

    /// <summary>Whether tensors that are quantized already may be quantized again, which loses more than quantizing the original.</summary>
    public bool AllowRequantize { get; init; }

    /// <summary>Threads that encode, 1 to 256; null takes the machine's.</summary>
    public int? Threads { get; init; }

    /// <summary>Told the share written, 0 to 1.</summary>
    public IProgress<double>? Progress { get; init; }
}
