using System.Globalization;

namespace Colibri.Compression.Recipes;

/// <summary>What a tensor of a GGUF file does in the model, as far as recipes care.</summary>
internal enum TensorRole
{
    /// <summary>Norms, biases, positions and what else is left as it is.</summary>
    None,
    Embedding,
    Head,

    /// <summary>Values of attention, alone or in one matrix with queries and keys.</summary>
    Value,
    AttentionOutput,
    Down,

    /// <summary>Any other matrix.</summary>
    Matrix,
}

/// <summary>Tells by GGUF's naming, which all families share, what a tensor does and which block it is in.</summary>
/// <param name="Role">What it does.</param>
/// <param name="Block">Its block, or -1.</param>
internal readonly record struct TensorPlace(TensorRole Role, int Block)
{
    // Matrices that quantizing harms more than it saves (llama-quant.cpp, tensor_allows_quantization).
    private static readonly string[] Left =
        ["position_embd.weight", "token_types.weight", "ffn_gate_inp.weight", "altup", "laurel", "per_layer_model_proj", "ssm_conv1d", "shortconv.conv.weight", "attn_rel_b.weight"];

    private static readonly string[] ValueNames = ["attn_v.weight", "attn_qkv.weight", "attn_kv_b.weight"];

    /// <summary>The place of a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="dimensions">How many sizes it has.</param>
    public static TensorPlace Of(string name, int dimensions)
    {
        var block = name.Split('.') is ["blk", var number, _, ..] && int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : -1;
        return new TensorPlace(RoleOf(name, dimensions), block);
    }

    private static TensorRole RoleOf(string name, int dimensions)
    {
        if (dimensions < 2 || !name.EndsWith("weight", StringComparison.Ordinal) || name.Contains("_norm.weight", StringComparison.Ordinal) || Left.Any(part => name.Contains(part, StringComparison.Ordinal)))
        {
            return TensorRole.None;
        }

        return name == "output.weight" ? TensorRole.Head
            : name is "token_embd.weight" or "per_layer_token_embd.weight" ? TensorRole.Embedding
            : ValueNames.Any(part => name.Contains(part, StringComparison.Ordinal)) ? TensorRole.Value
            : name.Contains("attn_output.weight", StringComparison.Ordinal) ? TensorRole.AttentionOutput
            : name.Contains("ffn_down", StringComparison.Ordinal) ? TensorRole.Down
            : TensorRole.Matrix;
    }
}
