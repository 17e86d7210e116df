using Colibri.Files;

namespace Colibri.Models;

/// <content>What config.json says.</content>
internal sealed partial class Gpt2Model
{
    /// <summary>A Hugging Face configuration of the family, read and checked.</summary>
    /// <param name="Shape">Sizes.</param>
    /// <param name="Names">What its files call the tensors.</param>
    /// <param name="Epsilon">What norms add to the variance.</param>
    private sealed record Configuration(ModelShape Shape, Names Names, float Epsilon)
    {
        public static Configuration Read(ModelSource source)
        {
            var config = source.Settings;
            var activation = config.Text("activation_function") ?? "gelu_new";
            if (activation is not ("gelu_new" or "gelu_pytorch_tanh"))
            {
                throw new InputException($"{config.Source}: 'activation_function' is {Printable.Quote(activation)}; this family runs with 'gelu_new'.");
            }

            foreach (var (key, expected) in new[] { ("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false) })
            {
                if (config.Flag(key) is { } flag && flag != expected)
                {
                    throw new InputException($"{config.Source}: '{key}' is {(flag ? "true" : "false")}; this family runs with {(expected ? "true" : "false")}.");
                }
            }

            var names = Names.HuggingFace(source.Tensors.ContainsKey("transformer.wte.weight") ? "transformer." : "");
            var hidden = config.Required("n_embd");
            var shape = Shaped(
                config.Source, BlockCount.Read(source, "n_layer", names.Block), hidden, config.Required("n_head"),
                (int)(config.Integer("n_inner", 1) ?? 4L * hidden), config.Required("vocab_size"), config.Required("n_positions"));
            return new Configuration(shape, names, (float)(config.Epsilon("layer_norm_epsilon") ?? 1e-5));
        }
    }
}
