using Colibri.Formats;
using Colibri.Kernels.Activation;

namespace Colibri.Execution;

/// <summary>Which rows a value has in a step: one per token of the batch, or one per row whose output is asked for.</summary>
public enum RowKind
{
    /// <summary>All tokens of the batch.</summary>
    Tokens,

    /// <summary>The tokens whose logits are asked for.</summary>
    Outputs,
}

/// <summary>A value of the plan: rows of float32, assigned once. It owns nothing.</summary>
/// <param name="Id">Number within the plan.</param>
/// <param name="Width">Values per row.</param>
/// <param name="Rows">Which rows it has.</param>
public readonly record struct Value(int Id, int Width, RowKind Rows);

/// <summary>What a table is looked up by.</summary>
public enum LookupBy
{
    /// <summary>The token's id.</summary>
    Token,

    /// <summary>The token's position in its sequence.</summary>
    Position,
}

/// <summary>A normalisation.</summary>
/// <param name="Weight">A factor per value.</param>
/// <param name="Bias">A term per value (layer norm), or null.</param>
/// <param name="Epsilon">Added under the root.</param>
/// <param name="SubtractMean">true: layer norm; false: root mean square norm.</param>
public sealed record NormSpec(Weight Weight, Weight? Bias, float Epsilon, bool SubtractMean);

/// <summary>Attention of one layer.</summary>
/// <param name="Layer">Number of the layer in the key/value cache.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads; divides the query heads.</param>
/// <param name="HeadSize">Values per head.</param>
/// <param name="Scale">Factor on the scores.</param>
/// <param name="Rotary">Rotary embedding of queries and keys, or null.</param>
public sealed record AttentionSpec(int Layer, int Heads, int KeyValueHeads, int HeadSize, float Scale, RotarySpec? Rotary)
{
    /// <summary>
    /// Whether a token sees only itself and what came before, and keys and values are cached. Otherwise all tokens of a text
    /// see each other, the text comes in one piece, and nothing is kept behind the step.
    /// </summary>
    public bool Causal { get; init; } = true;

    /// <summary>A token sees positions less than this far from its own; 0: any.</summary>
    public int Window { get; init; }

    /// <summary>Scores s become SoftCap * tanh(s / SoftCap); 0: they stay.</summary>
    public float SoftCap { get; init; }
}

/// <summary>
/// What a family's forward pass is written in: about ten coarse operations. The recorder turns the calls into a
/// <see cref="Plan"/>; runners walk the plan.
/// </summary>
public interface IExecutor
{
    /// <summary>Rows of a table, by token or position.</summary>
    Value Lookup(Weight table, LookupBy by);

    /// <summary>a W^T (+ bias).</summary>
    Value Linear(Value a, Weight weight, Weight? bias = null);

    /// <summary>Normalises each row.</summary>
    Value Norm(Value a, NormSpec spec);

    /// <summary>f(a).</summary>
    Value Activate(Value a, ActivationFunction function);

    /// <summary>f(gate) * a.</summary>
    Value Gate(Value gate, Value a, ActivationFunction function);

    /// <summary>a + b.</summary>
    Value Add(Value a, Value b);

    /// <summary>Attention; where it is causal, keys and values of the batch join the cache first.</summary>
    /// <param name="q">[tokens, heads * headSize].</param>
    /// <param name="k">[tokens, keyValueHeads * headSize].</param>
    /// <param name="v">[tokens, keyValueHeads * headSize].</param>
    /// <param name="spec">Heads, scale, rotary embedding.</param>
    Value Attend(Value q, Value k, Value v, AttentionSpec spec);

    /// <summary>The rows whose output is asked for.</summary>
    Value SelectOutputs(Value a);
}

/// <summary>A model as its family describes it: weights and a forward pass in pieces, no buffers.</summary>
public interface IModel
{
    /// <summary>Blocks: the cut for streaming, release, calibration and offload.</summary>
    int Blocks { get; }

    /// <summary>Tokens to the first hidden state.</summary>
    Value Embed(IExecutor x);

    /// <summary>One block.</summary>
    Value Block(IExecutor x, int block, Value hidden);

    /// <summary>The last hidden state to logits of the rows that are asked for.</summary>
    Value Head(IExecutor x, Value hidden);
}
