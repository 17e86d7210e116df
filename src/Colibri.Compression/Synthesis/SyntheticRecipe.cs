using Colibri.Formats;

namespace Colibri.Compression.Synthesis;

/// <summary>
/// Which format each tensor gets, as llama.cpp's quantizer chooses for the same name without an importance matrix
/// (src/llama-quant.cpp, <c>llama_tensor_get_type_impl</c>, release 0.5.0): a file made here has the same formats, and so the
/// same size and speed, as a real one.
/// </summary>
public sealed class SyntheticRecipe
{
    private SyntheticRecipe(string name, int fileType, string format, bool moreBits = false)
    {
        Name = name;
        FileType = fileType;
        Format = TensorFormat.Parse(format);
        MoreBits = moreBits;
    }

    /// <summary>All recipes.</summary>
    public static IReadOnlyList<SyntheticRecipe> All { get; } =
    [
        new("F32", 0, "F32"),
        new("F16", 1, "F16"),
        new("BF16", 32, "BF16"),
        new("Q8_0", 7, "Q8_0"),
        new("Q6_K", 18, "Q6_K"),
        new("Q5_1", 9, "Q5_1"),
        new("Q5_0", 8, "Q5_0"),
        new("Q4_K_M", 15, "Q4_K", moreBits: true),
        new("Q4_1", 3, "Q4_1"),
        new("Q4_0", 2, "Q4_0"),
    ];

    /// <summary>The name users give, for example <c>Q4_K_M</c>.</summary>
    public string Name { get; }

    /// <summary>The number of GGUF's general.file_type.</summary>
    public int FileType { get; }

    /// <summary>The format of most matrices.</summary>
    public TensorFormat Format { get; }

    /// <summary>Whether some blocks get Q6_K where it helps most.</summary>
    private bool MoreBits { get; }

    private bool IsPlain => Format.ValuesPerBlock == 1;

    /// <summary>The recipe with this name, in any case.</summary>
    /// <exception cref="InputException">None has it.</exception>
    public static SyntheticRecipe Parse(string name) => All.FirstOrDefault(r => r.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new InputException($"Unknown type '{name}'. Known: {string.Join(", ", All.Select(r => r.Name))}.");

    /// <summary>The format of one tensor.</summary>
    internal TensorFormat FormatOf(SyntheticTensor tensor, SyntheticShape shape)
    {
        if (!tensor.IsMatrix)
        {
            return TensorFormat.Parse("F32");
        }

        return IsPlain ? Format : Fitting(Wanted(tensor, shape), tensor.Columns);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private TensorFormat Wanted(SyntheticTensor tensor, SyntheticShape shape)
    {
        var isHead = tensor.Role == TensorRole.Head || shape.TiedHead && tensor.Role == TensorRole.Embedding;
        if (isHead)
        {
            return TensorFormat.Parse(Format.Name == "Q8_0" || tensor.Columns % Format.ValuesPerBlock != 0 ? "Q8_0" : "Q6_K");
        }

        var isSensitive = tensor.Role is TensorRole.Value or TensorRole.Down;
        return MoreBits && isSensitive && UsesMoreBits(tensor.Block, shape.Blocks) ? TensorFormat.Parse("Q6_K") : Format;
    }

    /// <summary>The first and the last eighth of the blocks, and every third between.</summary>
    private static bool UsesMoreBits(int block, int blocks) =>
        block < blocks / 8 || block >= 7 * blocks / 8 || (block - blocks / 8) % 3 == 2;

    /// <summary>A format whose blocks fill the rows: 256-value formats give way to the next larger one of 32.</summary>
    private static TensorFormat Fitting(TensorFormat wanted, int columns)
    {
        if (columns % wanted.ValuesPerBlock == 0)
        {
            return wanted;
        }

        var smaller = TensorFormat.Parse(wanted.Name switch
        {
            "Q4_K" => "Q5_0",
            "Q6_K" => "Q8_0",
            _ => "F16",
        });
        return columns % smaller.ValuesPerBlock == 0 ? smaller : TensorFormat.Parse("F16");
    }
}
