using System.Runtime.InteropServices;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>What a <see cref="ChannelTile"/> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ChannelTileArguments
{
    /// <summary>Activations of the first row, at the stretch's first column: four a unit.</summary>
    public byte* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The first panel: four bytes of each of sixteen outputs a unit.</summary>
    public byte* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Units of four columns, at least one.</summary>
    public long Depth;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where sums start at zero, 0 where they go on from what the results hold.</summary>
    public long Fresh;

    /// <summary>Which of sixteen outputs of the first panel exist.</summary>
    public ushort Mask0;

    /// <summary>Which of sixteen outputs of the second panel exist.</summary>
    public ushort Mask1;

    /// <summary>Sums of the weights of all outputs, or null where more columns follow; sixteen a panel may be read.</summary>
    public int* Sums;

    /// <summary>Scales of the outputs; sixteen a panel may be read.</summary>
    public float* Scales;

    /// <summary>Scale and zero point of each row.</summary>
    public TokenScale* Tokens;

    /// <summary>What is added behind the last columns.</summary>
    public TileAddends Addends;

    /// <summary>Memory that will be read next; some of it is asked for in each step of four units.</summary>
    public byte* Ahead;

    /// <summary>How far the place that is asked for moves on with each step, in bytes.</summary>
    public nint AheadStep;
}
