using System.Runtime.InteropServices;

namespace Colibri.Kernels.MatMul;

/// <summary>What a tile adds to finished sums (<see cref="TileEnd"/>): a part of its arguments.</summary>
/// <param name="destination">Where results go and what is added to them.</param>
/// <param name="firstOutput">The tile's first output.</param>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileAddends(in Destination destination, int firstOutput)
{
    /// <summary>A term for each output; or null.</summary>
    public float* Bias = destination.Bias is null ? null : destination.Bias + firstOutput;

    /// <summary>What is added to the first row; or null. Moves on with the tiles.</summary>
    public float* Residual = destination.Residual is null ? null : destination.Residual + firstOutput;

    /// <summary>Bytes from one row of residuals to the next.</summary>
    public nint ResidualStride = destination.ResidualStride * sizeof(float);
}
