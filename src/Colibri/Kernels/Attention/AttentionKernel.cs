using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.Attention;

/// <summary>
/// Attention (Vaswani et al. 2017, equation 1) in one pass over keys and values, in tiles at absolute multiples of 64
/// positions with a running maximum and sums (Milakov and Gimelshein 2018). What is left open by the equation is fixed:
/// <list type="number">
/// <item>queries are multiplied by the scale; keys and values are brought to float32 exactly as their format decodes;</item>
/// <item>a score is one chain of fused multiply-adds over the head, ascending from 0; a soft cap follows;</item>
/// <item>tiles ascending, those that hold no visible position left out: the maximum m grows to m', the correction is
/// exp(m - m'), weights are exp(score - m');</item>
/// <item>sums run in sixteen chains, positions sixteen apart: first over the tile's weights, then
/// chain = chain * correction + that, rounded once; at the end the chains become one by <see cref="LaneTree"/>;</item>
/// <item>an output is multiplied by the correction, then one chain over the visible positions, ascending; at the end it is
/// multiplied by 1 / sum.</item>
/// </list>
/// So neither the number of tokens taken together nor pieces nor the width of registers change a bit.
/// </summary>
internal abstract unsafe class AttentionKernel
{
    /// <summary>Query vectors (tokens times heads of the group) in one task, unless a group alone is larger.</summary>
    /// <remarks>Many, since a tile is read (and decoded) once a task; few enough that a task's state fits the L2 cache.</remarks>
    public const int QueryVectors = 192;

    /// <summary>Query vectors that a kernel may take together; scratch is made for a multiple of it.</summary>
    public const int BlockVectors = 12;

    /// <summary>All variants.</summary>
    public static KernelList<AttentionKernel> List { get; } = PortableVariants.List("attention", () => new ReferenceAttention(), new Factory());

    /// <summary>Tokens that one task may take.</summary>
    public static int TokensPerTask(int group) => Math.Max(1, QueryVectors / group);

    /// <summary>Bytes of scratch a task needs.</summary>
    /// <param name="group">Query heads per key/value head.</param>
    /// <param name="headSize">Values per head.</param>
    public static int ScratchBytes(int group, int headSize) => AttentionRoom.Bytes(TokensPerTask(group) * group, headSize);

    /// <summary>Computes the outputs of a task.</summary>
    public abstract void Attend(in AttentionTask task);

    private sealed class Factory : ILaneFactory<AttentionKernel>
    {
        public AttentionKernel Create<TLanes>() where TLanes : unmanaged, ILanes<TLanes> => new PortableAttention<TLanes>();
    }
}
