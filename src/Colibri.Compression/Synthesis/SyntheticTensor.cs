namespace Colibri.Compression.Synthesis;

/// <summary>What a tensor does in the model; a recipe picks its format by it.</summary>
internal enum TensorRole
{
    Embedding,
    Head,
    Query,
    Key,
    Value,
    AttentionOutput,
    Gate,
    Up,
    Down,
    Norm,
    Bias,
    RopeFactors,
}

/// <summary>A tensor of a model yet to be written.</summary>
/// <param name="Name">As GGUF files name it.</param>
/// <param name="Role">What it does.</param>
/// <param name="Block">Its block, or -1.</param>
/// <param name="Rows">Output values; 1 for a vector.</param>
/// <param name="Columns">Values of a row.</param>
internal sealed record SyntheticTensor(string Name, TensorRole Role, int Block, int Rows, int Columns)
{
    /// <summary>Number of values.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>Whether recipes may pick another format than F32.</summary>
    public bool IsMatrix => Role < TensorRole.Norm;

    /// <summary>Sizes, outermost first.</summary>
    public long[] Shape => IsMatrix ? [Rows, Columns] : [Columns];

    /// <summary>All tensors of a shape, in the order llama.cpp's converter writes them.</summary>
    public static IReadOnlyList<SyntheticTensor> Of(SyntheticShape shape)
    {
        var keyColumns = shape.KeyHeads * shape.HeadSize;
        var list = new List<SyntheticTensor> { new("token_embd.weight", TensorRole.Embedding, -1, shape.Vocabulary, shape.Hidden) };
        if (shape.RopeFactor is not null)
        {
            list.Add(new("rope_freqs.weight", TensorRole.RopeFactors, -1, 1, shape.HeadSize / 2));
        }

        for (var block = 0; block < shape.Blocks; block++)
        {
            void Add(string name, TensorRole role, int rows, int columns) => list.Add(new($"blk.{block}.{name}", role, block, rows, columns));

            Add("attn_norm.weight", TensorRole.Norm, 1, shape.Hidden);
            Add("attn_q.weight", TensorRole.Query, shape.Hidden, shape.Hidden);
            Add("attn_k.weight", TensorRole.Key, keyColumns, shape.Hidden);
            Add("attn_v.weight", TensorRole.Value, keyColumns, shape.Hidden);
            if (shape.AttentionBias)
            {
                Add("attn_q.bias", TensorRole.Bias, 1, shape.Hidden);
                Add("attn_k.bias", TensorRole.Bias, 1, keyColumns);
                Add("attn_v.bias", TensorRole.Bias, 1, keyColumns);
            }

            Add("attn_output.weight", TensorRole.AttentionOutput, shape.Hidden, shape.Hidden);
            Add("ffn_norm.weight", TensorRole.Norm, 1, shape.Hidden);
            Add("ffn_gate.weight", TensorRole.Gate, shape.FeedForward, shape.Hidden);
            Add("ffn_up.weight", TensorRole.Up, shape.FeedForward, shape.Hidden);
            Add("ffn_down.weight", TensorRole.Down, shape.Hidden, shape.FeedForward);
        }

        list.Add(new("output_norm.weight", TensorRole.Norm, -1, 1, shape.Hidden));
        if (!shape.TiedHead)
        {
            list.Add(new("output.weight", TensorRole.Head, -1, shape.Vocabulary, shape.Hidden));
        }

        return list;
    }
}
