using System.Runtime.InteropServices;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>What a <see cref="FloatTile"/> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FloatTileArguments
{
    /// <summary>Activations of the first row, at the stretch's first column: 32 bits a column (or pair).</summary>
    public void* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The first panel: sixteen 32-bit values a column (or pair).</summary>
    public void* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Columns (or pairs), at least one.</summary>
    public long Depth;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where sums start at zero, 0 where they go on from what the results hold.</summary>
    public long Fresh;

    /// <summary>Which of sixteen outputs of the first panel exist.</summary>
    public ushort Mask0;

    /// <summary>Which of sixteen outputs of the second panel exist.</summary>
    public ushort Mask1;

    /// <summary>Bytes: sums of the weights of all outputs, or null where more columns follow; sixteen a panel may be read.</summary>
    public int* Sums;

    /// <summary>Bytes: scales of the outputs; sixteen a panel may be read.</summary>
    public float* Scales;

    /// <summary>Bytes: scale and zero point of each row.</summary>
    public TokenScale* Tokens;

    /// <summary>Bytes: memory that will be read next; some of it is asked for in each step of four units.</summary>
    public byte* Ahead;

    /// <summary>Bytes: how far the place that is asked for moves on with each step, in bytes.</summary>
    public nint AheadStep;
}
