using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>Attention of some consecutive tokens of one sequence, for the query heads that share a key/value head.</summary>
internal unsafe struct AttentionTask
{
    /// <summary>The first token's first query head of the group.</summary>
    public float* Queries;

    /// <summary>Values from one token's queries to the next.</summary>
    public int QueryStride;

    /// <summary>Tokens.</summary>
    public int Tokens;

    /// <summary>Position of the first token in its sequence.</summary>
    public int FirstPosition;

    /// <summary>Query heads that share the key/value head.</summary>
    public int Group;

    /// <summary>Factor on the scores, usually 1 / sqrt(headSize).</summary>
    public float Scale;

    /// <summary>How keys and values lie in pages.</summary>
    public KvLayout Layout;

    /// <summary>Pages of the sequence, position 0 first.</summary>
    public byte** Pages;

    /// <summary>Layer within the pages.</summary>
    public int Layer;

    /// <summary>Key/value head.</summary>
    public int Head;

    /// <summary>Receives the first token's first head of the group.</summary>
    public float* Output;

    /// <summary>Values from one token's output to the next.</summary>
    public int OutputStride;

    /// <summary>At least <see cref="AttentionKernel.ScratchBytes"/>, this worker's own.</summary>
    public byte* Scratch;
}

/// <summary>
/// Causal attention (Vaswani et al. 2017, equation 1) in one pass over the cache, in tiles at absolute multiples of 64
/// positions with a running maximum and sum (Milakov and Gimelshein 2018). Each score is one chain over the head, each
/// output one chain over the positions, so neither the number of tokens taken together nor pieces change a bit.
/// </summary>
internal abstract unsafe class AttentionKernel
{
    /// <summary>Query vectors (tokens times heads of the group) in one task, unless a group alone is larger.</summary>
    public const int QueryVectors = 32;

    /// <summary>All variants.</summary>
    public static KernelList<AttentionKernel> List { get; } = PortableVariants.List("attention", () => new ReferenceAttention(), new Factory());

    /// <summary>Tokens that one task may take.</summary>
    public static int TokensPerTask(int group) => Math.Max(1, QueryVectors / group);

    /// <summary>Bytes of scratch a task needs.</summary>
    /// <param name="group">Query heads per key/value head.</param>
    /// <param name="headSize">Values per head.</param>
    public static int ScratchBytes(int group, int headSize)
    {
        var vectors = TokensPerTask(group) * group;
        var padded = (headSize + 15) / 16 * 16;
        return sizeof(float) * (vectors * (padded + padded + KvLayout.PagePositions + 2) + 2 * padded * KvLayout.PagePositions) + 256;
    }

    /// <summary>Computes the outputs of a task.</summary>
    public abstract void Attend(in AttentionTask task);

    private sealed class Factory : ILaneFactory<AttentionKernel>
    {
        public AttentionKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableAttention<TLanes>();
    }
}
