using Colibri.Execution;
using Colibri.Files;

namespace Colibri.Models;

/// <summary>The sizes of a language model that runners, caches and reports need.</summary>
/// <param name="Family">Name of the family.</param>
/// <param name="Layers">Blocks with attention.</param>
/// <param name="Hidden">Width of the hidden state.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key/value heads.</param>
/// <param name="HeadSize">Values per head.</param>
/// <param name="FeedForward">Width of the feed-forward layer.</param>
/// <param name="Vocabulary">Entries of the vocabulary.</param>
/// <param name="Context">Longest sequence in tokens.</param>
public sealed record ModelShape(
    string Family, int Layers, int Hidden, int Heads, int KeyValueHeads, int HeadSize, int FeedForward, int Vocabulary, int Context);

/// <summary>A family's model, made from files: weight references and a forward pass.</summary>
internal abstract class LanguageModel(ModelShape shape, WeightReader weights) : IModel, IDisposable
{
    /// <summary>Its sizes.</summary>
    public ModelShape Shape => shape;

    /// <inheritdoc/>
    public int Blocks => shape.Layers;

    /// <summary>Bytes of weights that had to be copied (turned into another layout) instead of being read from the map.</summary>
    public long CopiedBytes => weights.CopiedBytes;

    /// <summary>Tensors of the files that are not read any more once the model is loaded: copies take their place.</summary>
    public IReadOnlySet<StoredTensor> Replaced => weights.Replaced;

    /// <summary>Fills copies that <see cref="CopiedBytes"/> counts; without it nothing can be computed.</summary>
    /// <param name="threads">Layers at a time.</param>
    /// <param name="cancellation">Ends the work.</param>
    public void Repack(int threads, CancellationToken cancellation) => weights.Repack(threads, cancellation);

    /// <inheritdoc/>
    public abstract Value Embed(IExecutor x);

    /// <inheritdoc/>
    public abstract Value Block(IExecutor x, int block, Value hidden);

    /// <inheritdoc/>
    public abstract Value Head(IExecutor x, Value hidden);

    /// <summary>Frees copied weights.</summary>
    public void Dispose() => weights.Dispose();
}
