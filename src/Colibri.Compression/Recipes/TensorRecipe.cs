using Colibri.Formats;

namespace Colibri.Compression.Recipes;

/// <summary>
/// Which format each tensor gets, as llama.cpp's quantizer chooses for the same name without an importance matrix
/// (src/llama-quant.cpp, <c>llama_tensor_get_type_impl</c>, release 0.5.0; its exceptions for mixtures of experts, Falcon and
/// models of 80 blocks left out): a file made here has the same formats, and so the same size and speed.
/// </summary>
public sealed class TensorRecipe
{
    private readonly Func<TensorPlace, RecipeModel, string?> _exceptions;

    private TensorRecipe(string name, int fileType, string format, Func<TensorPlace, RecipeModel, string?>? exceptions = null)
    {
        Name = name;
        FileType = fileType;
        Format = TensorFormat.Parse(format);
        _exceptions = exceptions ?? ((_, _) => null);
    }

    /// <summary>All recipes, most bits first.</summary>
    public static IReadOnlyList<TensorRecipe> All { get; } =
    [
        new("F32", 0, "F32"),
        new("F16", 1, "F16"),
        new("BF16", 32, "BF16"),
        new("Q8_0", 7, "Q8_0"),
        new("Q6_K", 18, "Q6_K"),
        new("Q5_K_M", 17, "Q5_K", (t, m) => IsSensitive(t) && UsesMoreBits(t.Block, m.Blocks) ? "Q6_K" : null),
        new("Q5_K_S", 16, "Q5_K"),
        new("Q5_1", 9, "Q5_1"),
        new("Q5_0", 8, "Q5_0"),
        new("Q4_K_M", 15, "Q4_K", (t, m) => IsSensitive(t) && UsesMoreBits(t.Block, m.Blocks) ? "Q6_K" : null),
        new("Q4_K_S", 14, "Q4_K", (t, m) => t.Role is TensorRole.Value && t.Block < 4 || t.Role is TensorRole.Down && t.Block < m.Blocks / 8 ? "Q5_K" : null),
        new("Q4_1", 3, "Q4_1"),
        new("Q4_0", 2, "Q4_0"),
        new("IQ4_NL", 25, "IQ4_NL", NonLinear),
        new("IQ4_XS", 30, "IQ4_XS", NonLinear),
        new("Q3_K_L", 13, "Q3_K", (t, _) => t.Role switch
        {
            TensorRole.Value or TensorRole.Down or TensorRole.AttentionOutput => "Q5_K",
            _ => null,
        }),
        new("Q3_K_M", 12, "Q3_K", (t, m) => t.Role switch
        {
            TensorRole.Value => t.Block < 2 ? "Q5_K" : "Q4_K",
            TensorRole.Down => t.Block < m.Blocks / 16 ? "Q5_K" : "Q4_K",
            TensorRole.AttentionOutput => "Q4_K",
            _ => null,
        }),
        new("Q3_K_S", 11, "Q3_K"),
        new("Q2_K", 10, "Q2_K", (t, m) => t.Role switch
        {
            TensorRole.Value => m.QueriesPerKey >= 4 ? "Q4_K" : "Q3_K",
            TensorRole.Down or TensorRole.AttentionOutput => "Q3_K",
            _ => null,
        }),
    ];

    /// <summary>The name users give, for example <c>Q4_K_M</c>.</summary>
    public string Name { get; }

    /// <summary>The number of GGUF's general.file_type.</summary>
    public int FileType { get; }

    /// <summary>The format of most matrices.</summary>
    public TensorFormat Format { get; }

    private bool IsPlain => Format.ValuesPerBlock == 1;

    /// <summary>
    /// The recipe with this name, in any case. A format's name alone means the mixture around it, as in llama.cpp: Q4_K is
    /// Q4_K_M.
    /// </summary>
    /// <exception cref="InputException">None has it.</exception>
    public static TensorRecipe Parse(string name) =>
        All.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || r.Name.Equals(name + "_M", StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"Unknown type '{name}'. Known: {string.Join(", ", All.Select(r => r.Name))}.");

    /// <summary>The recipe whose matrices are mostly in a format, or null: what a file of such tensors calls itself.</summary>
    internal static TensorRecipe? Of(TensorFormat format) => All.FirstOrDefault(r => r.Format == format && r.IsPlain) ?? All.FirstOrDefault(r => r.Format == format);

    /// <summary>The format of one tensor, or null where a recipe leaves it alone (norms, biases, positions).</summary>
    /// <param name="name">Its name in GGUF.</param>
    /// <param name="shape">Its sizes, outermost first.</param>
    /// <param name="model">What must be known about the model.</param>
    /// <param name="pure">Whether every matrix gets the format itself, without the mixture.</param>
    internal FormatChoice? FormatOf(string name, IReadOnlyList<long> shape, RecipeModel model, bool pure = false)
    {
        var place = TensorPlace.Of(name, shape.Count);
        if (place.Role == TensorRole.None)
        {
            return null;
        }

        var wanted = pure || IsPlain ? Format : Wanted(place, shape[^1], model);
        return new FormatChoice(Fitting(wanted, shape[^1]), wanted);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private TensorFormat Wanted(TensorPlace place, long columns, RecipeModel model)
    {
        var isHead = place.Role == TensorRole.Head || (model.TiedHead && place.Role == TensorRole.Embedding);
        return isHead
            ? TensorFormat.Parse(Format.Name == "Q8_0" || columns % Format.ValuesPerBlock != 0 ? "Q8_0" : "Q6_K")
            : _exceptions(place, model) is { } other ? TensorFormat.Parse(other) : Format;
    }

    private static bool IsSensitive(TensorPlace place) => place.Role is TensorRole.Value or TensorRole.Down;

    /// <summary>The first and the last eighth of the blocks, and every third between.</summary>
    private static bool UsesMoreBits(int block, int blocks) =>
        block < blocks / 8 || block >= 7 * blocks / 8 || (block - blocks / 8) % 3 == 2;

    private static string? NonLinear(TensorPlace place, RecipeModel model) =>
        place.Role == TensorRole.Value && model.QueriesPerKey >= 4 || place.Role == TensorRole.Down && place.Block < model.Blocks / 8 ? "Q5_K" : null;

    /// <summary>A format whose blocks fill the rows: 256-value formats give way to one of 32.</summary>
    private static TensorFormat Fitting(TensorFormat wanted, long columns)
    {
        if (columns % wanted.ValuesPerBlock == 0)
        {
            return wanted;
        }

        var smaller = TensorFormat.Parse(wanted.Name switch
        {
            "Q2_K" or "Q3_K" => "Q4_0",
            "Q4_K" => "Q5_0",
            "Q5_K" => "Q5_1",
            "Q6_K" => "Q8_0",
            "IQ4_XS" => "IQ4_NL",
            _ => "F16",
        });
        return columns % smaller.ValuesPerBlock == 0 ? smaller : TensorFormat.Parse("F16");
    }
}

/// <summary>A tensor's format.</summary>
/// <param name="Format">What it becomes.</param>
/// <param name="Wanted">What the recipe would choose if it filled the rows.</param>
internal readonly record struct FormatChoice(TensorFormat Format, TensorFormat Wanted)
{
    /// <summary>Whether the recipe's own choice did not fill the rows.</summary>
    public bool IsFallback => !Format.Equals(Wanted);
}
