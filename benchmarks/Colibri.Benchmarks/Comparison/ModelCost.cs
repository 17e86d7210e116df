using Colibri.Files;

namespace Colibri.Benchmarks.Comparison;

/// <summary>What a model must do at least, for any engine: the yardstick of the roofline.</summary>
/// <param name="FileBytes">Bytes of the file.</param>
/// <param name="OperationsPerPromptToken">
/// Multiplications and additions in the matrices of the blocks. The head counts once per prompt and attention grows with
/// the position: both are left out, as in the figures of the field.
/// </param>
/// <param name="WeightBytesPerToken">Bytes of weights that one generated token reads: all but the embedding rows of other tokens.</param>
/// <param name="CacheBytesPerPosition">Bytes of keys and values in float16 for one position.</param>
/// <param name="MainFormat">The format that holds most of the weights.</param>
internal sealed record ModelCost(
    long FileBytes,
    double OperationsPerPromptToken,
    long WeightBytesPerToken,
    long CacheBytesPerPosition,
    string MainFormat)
{
    private const string Embedding = "token_embd.weight";
    private const string Head = "output.weight";

    /// <summary>Adds up a GGUF file.</summary>
    /// <exception cref="InputException">It is no GGUF model with an embedding table.</exception>
    public static ModelCost Of(string path)
    {
        using var source = ModelSource.Open(path);
        if (!source.Tensors.TryGetValue(Embedding, out var embedding))
        {
            throw new InputException($"'{path}' has no tensor '{Embedding}'; a GGUF language model is expected.");
        }

        var tied = !source.Tensors.ContainsKey(Head);
        var bytes = 0L;
        var operations = 0.0;
        foreach (var tensor in source.Tensors.Values)
        {
            bytes += ReferenceEquals(tensor, embedding) && !tied ? tensor.Bytes / tensor.Shape[0] : tensor.Bytes;
            if (tensor.Name.StartsWith("blk.", StringComparison.Ordinal) && tensor.Shape.Count > 1)
            {
                operations += 2.0 * tensor.Count;
            }
        }

        var main = source.Tensors.Values.GroupBy(t => t.Format.Name).MaxBy(g => g.Sum(t => t.Bytes))!.Key;
        return new ModelCost(new FileInfo(path).Length, operations, bytes, CacheBytes(source), main);
    }

    /// <summary>Bytes that a token generated with so many tokens in the cache reads at least.</summary>
    /// <param name="position">Tokens in the cache, a fraction where an average is meant.</param>
    public double BytesPerToken(double position) => WeightBytesPerToken + CacheBytesPerPosition * position;

    private static long CacheBytes(ModelSource source)
    {
        var arch = source.Architecture;
        var blocks = source.Settings.Required($"{arch}.block_count");
        var heads = source.Settings.Required($"{arch}.attention.head_count");
        var keyHeads = (int)(source.Settings.Integer($"{arch}.attention.head_count_kv") ?? heads);
        var size = (int)(source.Settings.Integer($"{arch}.attention.key_length") ?? source.Settings.Required($"{arch}.embedding_length") / heads);
        return 2L * sizeof(ushort) * blocks * keyHeads * size;
    }
}
