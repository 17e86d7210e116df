namespace Colibri.Kernels.Attention;

/// <summary>
/// What a task keeps while it walks the tiles, laid into the worker's scratch. Query vectors lie in chunks of 64 values,
/// each chunk [vectors, 64], so that rows of coefficients have one stride, known when code is compiled.
/// </summary>
internal readonly unsafe struct AttentionRoom
{
    private const int Tile = KvLayout.PagePositions;

    /// <summary>Lays the room for some vectors.</summary>
    public AttentionRoom(byte* scratch, int vectors, int headSize)
    {
        Vectors = Padded(vectors, AttentionKernel.BlockVectors);
        OutputStride = Padded(headSize, 16);
        var next = (float*)(((nint)scratch + 63) & ~63);
        Queries = Take(ref next, Chunks(headSize) * Vectors * Tile);
        Outputs = Take(ref next, Vectors * OutputStride);
        Totals = Take(ref next, Vectors * 16);
        Largest = Take(ref next, Vectors / AttentionKernel.BlockVectors * 2 * 16);
        Scores = Take(ref next, AttentionKernel.BlockVectors * Tile);
        Corrections = Take(ref next, 16);
        Maximums = Take(ref next, 16);
        Ones = Take(ref next, 16);
        Positions = Take(ref next, Tile);
        Scales = Take(ref next, (headSize + KvLayout.GroupSize - 1) / KvLayout.GroupSize * Tile);
        Keys = Take(ref next, headSize * Tile);
        Values = Take(ref next, OutputStride * Tile);
    }

    /// <summary>Vectors there is room for: whole blocks.</summary>
    public int Vectors { get; }

    /// <summary>Values from one output to the next.</summary>
    public int OutputStride { get; }

    /// <summary>[chunks of 64 values, vectors, 64], multiplied by the scale.</summary>
    public float* Queries { get; }

    /// <summary>[vectors, <see cref="OutputStride"/>], not yet divided.</summary>
    public float* Outputs { get; }

    /// <summary>[vectors, 16]: the chains of each sum.</summary>
    public float* Totals { get; }

    /// <summary>[blocks, 16]: the largest score of each vector of a block so far.</summary>
    public float* Largest { get; }

    /// <summary>[vectors of a block, 64]: scores, then weights.</summary>
    public float* Scores { get; }

    /// <summary>[16]: factors on what a block has summed so far.</summary>
    public float* Corrections { get; }

    /// <summary>[16]: the tile's largest scores, then what is subtracted.</summary>
    public float* Maximums { get; }

    /// <summary>[16]: ones, a correction that changes nothing.</summary>
    public float* Ones { get; }

    /// <summary>[64]: 0, 1, 2, ...</summary>
    public float* Positions { get; }

    /// <summary>[64, groups]: scales of a tile's values.</summary>
    public float* Scales { get; }

    /// <summary>[headSize, 64]: a tile's keys where they must be decoded.</summary>
    public float* Keys { get; }

    /// <summary>[64, <see cref="OutputStride"/>]: a tile's values where they must be decoded.</summary>
    public float* Values { get; }

    /// <summary>Chunks of 64 values in a head.</summary>
    public static int Chunks(int headSize) => (headSize + Tile - 1) / Tile;

    /// <summary>Bytes for a number of vectors.</summary>
    public static int Bytes(int vectors, int headSize)
    {
        // Laid out from address 0, the last piece ends where the size does.
        var room = new AttentionRoom(null, vectors, headSize);
        return (int)(nint)(room.Values + room.OutputStride * Tile) + 64;
    }

    private static float* Take(ref float* next, int values)
    {
        var taken = next;
        next += Padded(values, 16);
        return taken;
    }

    private static int Padded(int count, int multiple) => (count + multiple - 1) / multiple * multiple;
}
