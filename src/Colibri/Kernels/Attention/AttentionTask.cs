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

    /// <summary>Which positions a token sees.</summary>
    public AttentionReach Reach;

    /// <summary>Factor on the scores, usually 1 / sqrt(headSize).</summary>
    public float Scale;

    /// <summary>Scores s become SoftCap * tanh(s / SoftCap); 0: they stay.</summary>
    public float SoftCap;

    /// <summary>Keys and values of the sequence.</summary>
    public KvSource Source;

    /// <summary>What the worker reads behind this task, which is asked for on the way; without pages nothing is.</summary>
    public KvSource Then;

    /// <summary>The position from which it reads that.</summary>
    public int ThenPosition;

    /// <summary>Receives the first token's first head of the group.</summary>
    public float* Output;

    /// <summary>Values from one token's output to the next.</summary>
    public int OutputStride;

    /// <summary>At least <see cref="AttentionKernel.ScratchBytes"/>, this worker's own.</summary>
    public byte* Scratch;
}

/// <summary>Which positions of its sequence a token sees.</summary>
/// <param name="Length">Positions of the whole sequence where tokens see what follows them; 0: causal, none does.</param>
/// <param name="Window">A token sees positions less than this far away; 0: any.</param>
internal readonly record struct AttentionReach(int Length, int Window)
{
    /// <summary>The first position that a token sees; it never falls from one token to the next.</summary>
    public int First(int position) => Window == 0 ? 0 : Math.Max(0, position - Window + 1);

    /// <summary>Behind the last position that a token sees; it never falls from one token to the next.</summary>
    public int End(int position) => Length == 0 ? position + 1 : Window == 0 ? Length : Math.Min(Length, position + Window);
}

/// <summary>
/// Where the keys and values of a sequence are read: pages of the cache, or (<see cref="Pages"/> is null) the rows of a
/// batch as a layer has just computed them.
/// </summary>
internal unsafe struct KvSource
{
    /// <summary>How keys and values lie; of rows it says the head size.</summary>
    public KvLayout Layout;

    /// <summary>Pages of the sequence, position 0 first, or null.</summary>
    public byte** Pages;

    /// <summary>Layer within the pages.</summary>
    public int Layer;

    /// <summary>Key/value head within the pages.</summary>
    public int Head;

    /// <summary>Without pages: the head's keys of position 0.</summary>
    public float* KeyRows;

    /// <summary>Values from one position's keys to the next.</summary>
    public int KeyStride;

    /// <summary>Without pages: the head's values of position 0.</summary>
    public float* ValueRows;

    /// <summary>Values from one position's values to the next.</summary>
    public int ValueStride;

    /// <summary>The keys of the page that holds a position.</summary>
    public readonly byte* Keys(int position) => Layout.Keys(Pages[position / KvLayout.PagePositions], Layer, Head);

    /// <summary>The values of the page that holds a position.</summary>
    public readonly byte* Values(int position) => Layout.Values(Pages[position / KvLayout.PagePositions], Layer, Head);
}
