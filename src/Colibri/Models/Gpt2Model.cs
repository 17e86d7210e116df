using Colibri.Execution;
using Colibri.Files;
using Colibri.Formats;
using Colibri.Kernels.Activation;

namespace Colibri.Models;

/// <summary>
/// GPT-2 (Radford et al. 2019): learned positions, pre-norm blocks with layer norm, one projection for queries, keys and
/// values, GELU in its tanh form. Hugging Face files store linear weights as [inputs, outputs]; GGUF files do not.
/// </summary>
internal sealed partial class Gpt2Model : LanguageModel
{
    private readonly Weight _tokens;
    private readonly Weight _positions;
    private readonly NormSpec _norm;
    private readonly Weight _output;
    private readonly AttentionSpec _attention;
    private readonly Layer[] _layers;

    private Gpt2Model(ModelShape shape, WeightReader weights, Names names, float epsilon)
        : base(shape, weights)
    {
        _attention = new AttentionSpec(0, shape.Heads, shape.Heads, shape.HeadSize, 1 / MathF.Sqrt(shape.HeadSize), null);
        _tokens = weights.Matrix(names.Tokens, shape.Vocabulary, shape.Hidden);
        _positions = weights.Matrix(names.Positions, shape.Context, shape.Hidden);
        _norm = Norm(names.Norm);
        _output = weights.Has(names.Output) ? weights.Matrix(names.Output, shape.Vocabulary, shape.Hidden) : _tokens;
        _layers = [.. Enumerable.Range(0, shape.Layers).Select(i => new Layer(
            Norm(names.In(i, names.AttentionNorm)),
            Linear(names.In(i, names.QueryKeyValue), 3 * shape.Hidden, shape.Hidden),
            Linear(names.In(i, names.AttentionOutput), shape.Hidden, shape.Hidden),
            Norm(names.In(i, names.FeedForwardNorm)),
            Linear(names.In(i, names.Up), shape.FeedForward, shape.Hidden),
            Linear(names.In(i, names.Down), shape.Hidden, shape.FeedForward)))];
        weights.ThrowIfFaulty();

        NormSpec Norm(string name) =>
            new(weights.Vector(name + ".weight", shape.Hidden), weights.Vector(name + ".bias", shape.Hidden), epsilon, SubtractMean: true);

        LinearLayer Linear(string name, int outputs, int inputs) => new(
            names.InputsFirst ? weights.Turned(name + ".weight", outputs, inputs) : weights.Matrix(name + ".weight", outputs, inputs),
            weights.Vector(name + ".bias", outputs));
    }

    /// <summary>The family.</summary>
    public static ModelFamily Family { get; } = new(["gpt2"], Create, Export);

    /// <inheritdoc/>
    public override Value Embed(IExecutor x) => x.Add(x.Lookup(_tokens, LookupBy.Token), x.Lookup(_positions, LookupBy.Position));

    /// <inheritdoc/>
    public override Value Block(IExecutor x, int block, Value hidden)
    {
        var layer = _layers[block];
        var a = x.Norm(hidden, layer.AttentionNorm);
        var q = Part(x, a, layer.QueryKeyValue, 0);
        var k = Part(x, a, layer.QueryKeyValue, 1);
        var v = Part(x, a, layer.QueryKeyValue, 2);
        var attended = x.Attend(q, k, v, _attention with { Layer = block });
        hidden = x.Add(hidden, x.Linear(attended, layer.Output.Weight, layer.Output.Bias));
        var up = x.Linear(x.Norm(hidden, layer.FeedForwardNorm), layer.Up.Weight, layer.Up.Bias);
        return x.Add(hidden, x.Linear(x.Activate(up, ActivationFunction.GeluTanh), layer.Down.Weight, layer.Down.Bias));
    }

    /// <inheritdoc/>
    public override Value Head(IExecutor x, Value hidden) => x.Linear(x.Norm(x.SelectOutputs(hidden), _norm), _output);

    private static Value Part(IExecutor x, Value a, LinearLayer joined, int part)
    {
        var width = joined.Weight.Rows / 3;
        return x.Linear(a, joined.Weight.Slice(part * width, width), joined.Bias.Part(part * width, width));
    }

    private static Gpt2Model Create(ModelSource source) => source.Layout == ModelLayout.Gguf ? FromGguf(source) : FromHuggingFace(source);

    private static Gpt2Model FromHuggingFace(ModelSource source)
    {
        var c = Configuration.Read(source);
        return new Gpt2Model(c.Shape, new WeightReader(source), c.Names, c.Epsilon);
    }

    private static Gpt2Model FromGguf(ModelSource source)
    {
        var settings = source.Settings;
        var vocabulary = source.Tensors.TryGetValue("token_embd.weight", out var table) && table.Shape.Count == 2 ? table.Shape[0] : 1;
        var shape = Shaped(
            source.Path, BlockCount.Read(source, "gpt2.block_count", Names.Gguf.Block), settings.Required("gpt2.embedding_length"),
            settings.Required("gpt2.attention.head_count"), settings.Required("gpt2.feed_forward_length"),
            (int)vocabulary, settings.Required("gpt2.context_length"));
        if (settings.Integer("gpt2.vocab_size", 1) is { } stated && stated != vocabulary)
        {
            throw new InputException($"{source.Path}: 'gpt2.vocab_size' is {stated}, but token_embd.weight has {vocabulary} rows.");
        }

        var epsilon = settings.Epsilon("gpt2.attention.layer_norm_epsilon")
            ?? throw new InputException($"{source.Path}: 'gpt2.attention.layer_norm_epsilon' is missing.");
        return new Gpt2Model(shape, new WeightReader(source), Names.Gguf, (float)epsilon);
    }

    private static ModelShape Shaped(string source, int layers, int hidden, int heads, int feedForward, int vocabulary, int context) =>
        hidden % heads == 0 && hidden <= int.MaxValue / 3
            ? new ModelShape("gpt2", layers, hidden, heads, heads, hidden / heads, feedForward, vocabulary, context)
            : throw new InputException($"{source}: a hidden size of {hidden} cannot be split into {heads} heads (n_embd and n_head, in GGUF gpt2.embedding_length and gpt2.attention.head_count).");

    private sealed record LinearLayer(Weight Weight, Weight Bias);

    private sealed record Layer(
        NormSpec AttentionNorm, LinearLayer QueryKeyValue, LinearLayer Output, NormSpec FeedForwardNorm, LinearLayer Up, LinearLayer Down);

    private sealed record Names(
        string Tokens, string Positions, string Norm, string Output, string Block, string AttentionNorm, string QueryKeyValue,
        string AttentionOutput, string FeedForwardNorm, string Up, string Down, bool InputsFirst)
    {
        public static Names Gguf { get; } = new(
            "token_embd.weight", "position_embd.weight", "output_norm", "output.weight", "blk.", "attn_norm", "attn_qkv",
            "attn_output", "ffn_norm", "ffn_up", "ffn_down", false);

        public static Names HuggingFace(string prefix) => new(
            prefix + "wte.weight", prefix + "wpe.weight", prefix + "ln_f", "lm_head.weight", prefix + "h.", "ln_1", "attn.c_attn",
            "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj", true);

        public string In(int layer, string part) => $"{Block}{layer}.{part}";
    }
}
