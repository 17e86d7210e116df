using Colibri.Execution;
using Colibri.Files;
using Colibri.Kernels.Rotary;

namespace Colibri.Models;

/// <content>What config.json says.</content>
internal sealed partial class LlamaModel
{
    /// <summary>A Hugging Face configuration of the family, read and checked.</summary>
    /// <param name="Shape">Sizes, the context with its scaling counted in.</param>
    /// <param name="Rope">What it says about the rotary embedding.</param>
    /// <param name="TrainedContext">The longest sequence as it stands there.</param>
    /// <param name="Rotary">The rotary embedding.</param>
    /// <param name="Tied">Whether the table of tokens is the output layer too.</param>
    /// <param name="Biases">Which linear layers have biases.</param>
    /// <param name="Epsilon">What norms add to the variance.</param>
    private sealed record Configuration(
        ModelShape Shape, RopeSettings Rope, int TrainedContext, RotarySpec Rotary, bool Tied, Biases Biases, float Epsilon)
    {
        public static Configuration Read(ModelSource source)
        {
            var config = source.Settings;
            var activation = config.Text("hidden_act") ?? "silu";
            if (activation is not ("silu" or "swish"))
            {
                throw new InputException($"{config.Source}: 'hidden_act' is {Printable.Quote(activation)}; this family has 'silu'.");
            }

            var hidden = config.Required("hidden_size");
            var heads = config.Required("num_attention_heads");
            var rope = RopeSettings.FromHuggingFace(config);
            var context = (int)(config.Integer("max_position_embeddings", 1) ?? 2048);
            var shape = Check(config.Source, new ModelShape(
                "llama", BlockCount.Read(source, "num_hidden_layers", Names.HuggingFace.Prefix), hidden, heads,
                (int)(config.Integer("num_key_value_heads", 1) ?? heads),
                (int)(config.Integer("head_dim", 1) ?? hidden / heads),
                config.Required("intermediate_size"), config.Required("vocab_size"), RotaryScaling.Context(rope, context)));
            return new Configuration(
                shape,
                rope,
                context,
                RotaryScaling.Create(rope, shape.HeadSize, shape.HeadSize, RotaryPairs.Halves, context, config.Source),
                config.Flag("tie_word_embeddings") ?? !source.Tensors.ContainsKey(Names.HuggingFace.Output),
                new Biases(config.Flag("attention_bias") ?? false, config.Flag("mlp_bias") ?? false),
                (float)(config.Epsilon("rms_norm_eps") ?? 1e-6));
        }
    }
}
