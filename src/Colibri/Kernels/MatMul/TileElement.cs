namespace Colibri.Kernels.MatMul;

/// <summary>What the 32-bit units are that a <see cref="FloatTile"/> multiplies.</summary>
internal enum TileElement
{
    /// <summary>float32, a column each: <c>vfmadd231ps</c>.</summary>
    Single,

    /// <summary>Pairs of bfloat16, two columns: <c>vdpbf16ps</c>.</summary>
    BrainPair,

    /// <summary>
    /// Four bytes, unsigned activations and signed weights: <c>vpdpbusd</c>. Sums are 32-bit integers, kept as such in the results
    /// between stretches of columns; the last stretch leaves float32 (<see cref="ChannelFinish"/>).
    /// </summary>
    FourBytes,
}
