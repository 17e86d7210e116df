namespace Colibri.Compression.Synthesis;

/// <summary>What a tensor of a synthetic model is filled with.</summary>
internal enum SyntheticContent
{
    /// <summary>Random values, in the recipe's format.</summary>
    Matrix,

    /// <summary>Ones.</summary>
    Norm,

    /// <summary>Random values in float32.</summary>
    Bias,

    /// <summary>Divisors of rotary frequencies.</summary>
    RopeFactors,
}

/// <summary>A tensor of a model yet to be written.</summary>
/// <param name="Name">As GGUF files name it.</param>
/// <param name="Content">What it is filled with.</param>
/// <param name="Block">Its block, or -1.</param>
/// <param name="Rows">Output values; 1 for a vector.</param>
/// <param name="Columns">Values of a row.</param>
internal sealed record SyntheticTensor(string Name, SyntheticContent Content, int Block, int Rows, int Columns)
{
    /// <summary>Number of values.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>Whether recipes may pick another format than F32.</summary>
    public bool IsMatrix => Content == SyntheticContent.Matrix;

    /// <summary>Sizes, outermost first.</summary>
    public long[] Shape => IsMatrix ? [Rows, Columns] : [Columns];

    /// <summary>All tensors of a shape, in the order llama.cpp's converter writes them.</summary>
    public static IReadOnlyList<SyntheticTensor> Of(SyntheticShape shape)
    {
        var keyColumns = shape.KeyHeads * shape.HeadSize;
        var list = new List<SyntheticTensor> { new("token_embd.weight", SyntheticContent.Matrix, -1, shape.Vocabulary, shape.Hidden) };
        if (shape.RopeFactor is not null)
        {
            list.Add(new("rope_freqs.weight", SyntheticContent.RopeFactors, -1, 1, shape.HeadSize / 2));
        }

        for (var block = 0; block < shape.Blocks; block++)
        {
            void Add(string name, SyntheticContent content, int rows, int columns) => list.Add(new($"blk.{block}.{name}", content, block, rows, columns));

            Add("attn_norm.weight", SyntheticContent.Norm, 1, shape.Hidden);
            Add("attn_q.weight", SyntheticContent.Matrix, shape.Hidden, shape.Hidden);
            Add("attn_k.weight", SyntheticContent.Matrix, keyColumns, shape.Hidden);
            Add("attn_v.weight", SyntheticContent.Matrix, keyColumns, shape.Hidden);
            if (shape.AttentionBias)
            {
                Add("attn_q.bias", SyntheticContent.Bias, 1, shape.Hidden);
                Add("attn_k.bias", SyntheticContent.Bias, 1, keyColumns);
                Add("attn_v.bias", SyntheticContent.Bias, 1, keyColumns);
            }

            Add("attn_output.weight", SyntheticContent.Matrix, shape.Hidden, shape.Hidden);
            Add("ffn_norm.weight", SyntheticContent.Norm, 1, shape.Hidden);
            Add("ffn_gate.weight", SyntheticContent.Matrix, shape.FeedForward, shape.Hidden);
            Add("ffn_up.weight", SyntheticContent.Matrix, shape.FeedForward, shape.Hidden);
            Add("ffn_down.weight", SyntheticContent.Matrix, shape.Hidden, shape.FeedForward);
        }

        list.Add(new("output_norm.weight", SyntheticContent.Norm, -1, 1, shape.Hidden));
        if (!shape.TiedHead)
        {
            list.Add(new("output.weight", SyntheticContent.Matrix, -1, shape.Vocabulary, shape.Hidden));
        }

        return list;
    }
}
