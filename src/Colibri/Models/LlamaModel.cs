using Colibri.Execution;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Kernels.Activation;
using Colibri.Kernels.Rotary;

namespace Colibri.Models;

/// <summary>
/// Llama 1, 2 and 3 (Touvron et al. 2023): pre-norm blocks with RMS norm, rotary embedding, grouped key/value heads and a
/// gated SiLU feed-forward layer. GGUF files of this architecture store the rows of q and k so that neighbours form the
/// rotary pairs; Hugging Face files pair the halves of a head.
/// </summary>
internal sealed partial class LlamaModel : LanguageModel
{
    private const string RotaryDivisors = "rope_freqs.weight";

    // The largest in the field have 512 values; what depends on the size is made before any tensor shows that it is a lie.
    private const int LargestHead = 1 << 16;

    private readonly Weight _embedding;
    private readonly NormSpec _norm;
    private readonly Weight _output;
    private readonly AttentionSpec _attention;
    private readonly Layer[] _layers;

    private LlamaModel(ModelShape shape, WeightReader weights, Names names, float epsilon, RotarySpec rotary, bool tied, Biases biases)
        : base(shape, weights)
    {
        _attention = new AttentionSpec(0, shape.Heads, shape.KeyValueHeads, shape.HeadSize, 1 / MathF.Sqrt(shape.HeadSize), rotary);
        _embedding = weights.Matrix(names.Embedding, shape.Vocabulary, shape.Hidden);
        _norm = Norm(names.Norm);
        _output = tied ? _embedding : weights.Matrix(names.Output, shape.Vocabulary, shape.Hidden);
        var queries = shape.Heads * shape.HeadSize;
        var keys = shape.KeyValueHeads * shape.HeadSize;
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(i => new Layer(
            Norm(names.In(i, names.AttentionNorm)),
            Linear(i, names.Query, queries, shape.Hidden, biases.Attention),
            Linear(i, names.Key, keys, shape.Hidden, biases.Attention),
            Linear(i, names.Value, keys, shape.Hidden, biases.Attention),
            Linear(i, names.AttentionOutput, shape.Hidden, queries, biases.Attention),
            Norm(names.In(i, names.FeedForwardNorm)),
            Linear(i, names.Gate, shape.FeedForward, shape.Hidden, biases.FeedForward),
            Linear(i, names.Up, shape.FeedForward, shape.Hidden, biases.FeedForward),
            Linear(i, names.Down, shape.Hidden, shape.FeedForward, biases.FeedForward)))];
        weights.ThrowIfFaulty();

        NormSpec Norm(string name) => new(weights.Vector(name, shape.Hidden), null, epsilon, SubtractMean: false);

        LinearLayer Linear(int layer, string part, int outputs, int inputs, bool? biased)
        {
            var name = names.In(layer, part);
            return new LinearLayer(
                weights.Matrix(name, outputs, inputs),
                biased ?? weights.Has(Bias(name)) ? weights.Vector(Bias(name), outputs) : null);
        }
    }

    /// <summary>The family.</summary>
    public static ModelFamily Family { get; } = new(["llama"], Create, Export);

    /// <inheritdoc/>
    public override Value Embed(IExecutor x) => x.Lookup(_embedding, LookupBy.Token);

    /// <inheritdoc/>
    public override Value Block(IExecutor x, int block, Value hidden)
    {
        var layer = _layers[block];
        var a = x.Norm(hidden, layer.AttentionNorm);
        var q = x.Linear(a, layer.Query.Weight, layer.Query.Bias);
        var k = x.Linear(a, layer.Key.Weight, layer.Key.Bias);
        var v = x.Linear(a, layer.Value.Weight, layer.Value.Bias);
        var attended = x.Attend(q, k, v, _attention with { Layer = block });
        hidden = x.Add(hidden, x.Linear(attended, layer.Output.Weight, layer.Output.Bias));
        var f = x.Norm(hidden, layer.FeedForwardNorm);
        var gate = x.Linear(f, layer.Gate.Weight, layer.Gate.Bias);
        var up = x.Linear(f, layer.Up.Weight, layer.Up.Bias);
        return x.Add(hidden, x.Linear(x.Gate(gate, up, ActivationFunction.Silu), layer.Down.Weight, layer.Down.Bias));
    }

    /// <inheritdoc/>
    public override Value Head(IExecutor x, Value hidden) => x.Linear(x.Norm(x.SelectOutputs(hidden), _norm), _output);

    private static LlamaModel Create(ModelSource source) => source.Layout == ModelLayout.Gguf ? FromGguf(source) : FromHuggingFace(source);

    private static LlamaModel FromHuggingFace(ModelSource source)
    {
        var c = Configuration.Read(source);
        return new LlamaModel(c.Shape, new WeightReader(source), Names.HuggingFace, c.Epsilon, c.Rotary, c.Tied, c.Biases);
    }

    private static LlamaModel FromGguf(ModelSource source)
    {
        var settings = source.Settings;
        if (settings.Integer("llama.expert_count") is > 0)
        {
            throw new InputException($"{source.Path}: is a mixture of experts ('llama.expert_count'), which cannot be run yet.");
        }

        var hidden = settings.Required("llama.embedding_length");
        var heads = settings.Required("llama.attention.head_count");
        var rope = RopeSettings.FromGguf(settings, "llama");
        var context = settings.Required("llama.context_length");
        var headSize = (int)(settings.Integer("llama.attention.key_length", 1) ?? hidden / heads);
        var vocabulary = (int)(settings.Integer("llama.vocab_size", 1) ?? Rows(source, Names.Gguf.Embedding));
        var shape = Check(source.Path, new ModelShape(
            "llama", BlockCount.Read(source, "llama.block_count", Names.Gguf.Prefix), hidden, heads,
            (int)(settings.Integer("llama.attention.head_count_kv", 1) ?? heads), headSize,
            settings.Required("llama.feed_forward_length"), vocabulary, context));
        if (settings.Integer("llama.attention.value_length", 1) is { } valueSize && valueSize != headSize)
        {
            throw new InputException($"{source.Path}: 'llama.attention.value_length' is {valueSize}; heads whose values have another size than their keys ({headSize}) cannot be run.");
        }

        var rotated = rope.Dimensions ?? headSize;
        var weights = new WeightReader(source);
        var divisors = Divisors(weights, rotated, source.Path);
        var rotary = RotaryScaling.Create(rope, rotated, headSize, RotaryPairs.Neighbours, context, source.Path, divisors);
        var epsilon = (float)(settings.Epsilon("llama.attention.layer_norm_rms_epsilon")
            ?? throw new InputException($"{source.Path}: 'llama.attention.layer_norm_rms_epsilon' is missing."));
        return new LlamaModel(shape, weights, Names.Gguf, epsilon, rotary, !weights.Has(Names.Gguf.Output), new Biases(null, null));
    }

    // Llama 3.1 files carry the scaling of each frequency as a tensor.
    private static float[]? Divisors(WeightReader weights, int rotated, string path)
    {
        if (weights.OptionalVector(RotaryDivisors, rotated / 2) is not { } tensor)
        {
            return null;
        }

        weights.ThrowIfFaulty();
        var divisors = new float[rotated / 2];
        tensor.DecodeRow(0, divisors);
        for (var i = 0; i < divisors.Length; i++)
        {
            if (divisors[i] is not (> 0 and <= float.MaxValue))
            {
                throw new InputException($"{path}: tensor '{RotaryDivisors}' holds {divisors[i]} at {i}; numbers above 0 are expected.");
            }
        }

        return divisors;
    }

    private static string Bias(string weight) => weight.Replace(".weight", ".bias", StringComparison.Ordinal);

    private static long Rows(ModelSource source, string name) =>
        source.Tensors.TryGetValue(name, out var tensor) && tensor.Shape.Count == 2 ? tensor.Shape[0] : 1;

    private static ModelShape Check(string source, ModelShape shape)
    {
        if (shape.Heads % shape.KeyValueHeads != 0)
        {
            throw new InputException($"{source}: {shape.Heads} attention heads cannot share {shape.KeyValueHeads} key/value heads; the second must divide the first (num_attention_heads and num_key_value_heads, in GGUF llama.attention.head_count and head_count_kv).");
        }

        if (shape.HeadSize > LargestHead || (long)shape.Heads * shape.HeadSize > int.MaxValue)
        {
            throw new InputException($"{source}: {shape.Heads} heads of {shape.HeadSize} values each cannot be computed; at most {LargestHead} values are expected, and {int.MaxValue} in all heads.");
        }

        return shape.HeadSize > 0
            ? shape
            : throw new InputException($"{source}: a hidden size of {shape.Hidden} cannot be split into {shape.Heads} heads (hidden_size and num_attention_heads, in GGUF llama.embedding_length and llama.attention.head_count).");
    }

    private sealed record LinearLayer(Weight Weight, Weight? Bias);

    private sealed record Biases(bool? Attention, bool? FeedForward);

    private sealed record Layer(
        NormSpec AttentionNorm, LinearLayer Query, LinearLayer Key, LinearLayer Value, LinearLayer Output,
        NormSpec FeedForwardNorm, LinearLayer Gate, LinearLayer Up, LinearLayer Down);

    private sealed record Names(
        string Embedding, string Norm, string Output, string Prefix, string AttentionNorm, string Query, string Key, string Value,
        string AttentionOutput, string FeedForwardNorm, string Gate, string Up, string Down)
    {
        public static Names HuggingFace { get; } = new(
            "model.embed_tokens.weight", "model.norm.weight", "lm_head.weight", "model.layers.", "input_layernorm",
            "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm",
            "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj");

        public static Names Gguf { get; } = new(
            "token_embd.weight", "output_norm.weight", "output.weight", "blk.", "attn_norm",
            "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down");

        public string In(int layer, string part) => $"{Prefix}{layer}.{part}.weight";
    }
}
