using System.Numerics;
using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>How activations enter a matrix product.</summary>
public enum ActivationKind
{
    /// <summary>As float32; weights are decoded.</summary>
    Float,

    /// <summary>As 8-bit integers with a scale per 32 values; weights are multiplied as the integers they are.</summary>
    Int8,

    /// <summary>As unsigned 8-bit integers with a scale and a zero point per row, for weights with a scale per output.</summary>
    Int8Rows,

    /// <summary>Rounded to bfloat16; pairs of them are multiplied at a time.</summary>
    Pairs,
}

/// <summary>Rows of activations, in the form the kernel wants.</summary>
/// <param name="values">float32 rows, or null.</param>
/// <param name="stride">Values from one row to the next, in every array.</param>
/// <param name="integers">8-bit rows (see <see cref="QuantizeKernel"/>), or null.</param>
/// <param name="scales">A scale per 32 values; row stride is stride / 32.</param>
/// <param name="sums">An integer sum per 16 values; row stride is stride / 16.</param>
/// <param name="bytes">8-bit rows quantized whole (see <see cref="TokenQuantizeKernel"/>), or null; up to three bytes behind the last column may be read.</param>
/// <param name="tokens">Scale and zero point of each such row.</param>
/// <param name="pairs">bfloat16 rows (see <see cref="PairRoundKernel"/>), or null.</param>
internal readonly unsafe struct Activations(
    float* values, int stride, sbyte* integers, float* scales, int* sums, byte* bytes = null, TokenScale* tokens = null, ushort* pairs = null)
{
    public readonly float* Values = values;
    public readonly int Stride = stride;
    public readonly sbyte* Integers = integers;
    public readonly float* Scales = scales;
    public readonly int* Sums = sums;
    public readonly byte* Bytes = bytes;
    public readonly TokenScale* Tokens = tokens;
    public readonly ushort* Pairs = pairs;

    /// <summary>The same activations from a later row on.</summary>
    public Activations From(int row) => new(
        Values is null ? null : Values + (nint)row * Stride,
        Stride,
        Integers is null ? null : Integers + (nint)row * Stride,
        Scales is null ? null : Scales + (nint)row * (Stride / 32),
        Sums is null ? null : Sums + (nint)row * (Stride / 16),
        Bytes is null ? null : Bytes + (nint)row * Stride,
        Tokens is null ? null : Tokens + row,
        Pairs is null ? null : Pairs + (nint)row * Stride);
}

/// <summary>Where results go and what is added to them: y = product (+ bias) (+ residual), in this order.</summary>
/// <param name="y">Results; row-major.</param>
/// <param name="stride">Values from one result row to the next.</param>
/// <param name="bias">A term per output, or null.</param>
/// <param name="residual">A term per row and output, not overlapping y, or null.</param>
/// <param name="residualStride">Values from one residual row to the next.</param>
internal readonly unsafe struct Destination(float* y, int stride, float* bias, float* residual, int residualStride)
{
    public readonly float* Y = y;
    public readonly int Stride = stride;
    public readonly float* Bias = bias;
    public readonly float* Residual = residual;
    public readonly int ResidualStride = residualStride;

    /// <summary>The same places from a later row on.</summary>
    public Destination From(int row) => new(
        Y + (nint)row * Stride, Stride, Bias, Residual is null ? null : Residual + (nint)row * ResidualStride, ResidualStride);
}

/// <summary>
/// y = x W^T for weights of one format. Outputs are taken sixteen at a time, a panel, and columns are never split between
/// threads. The order of operations is fixed, so neither the number of rows nor threads change a bit:
/// <list type="bullet">
/// <item>integer formats: an output is one chain over the groups in ascending order, for each an exact integer sum, then one
/// float32 fused multiply-add;</item>
/// <item>float32 activations: in each stretch of 256 columns an output has four chains of fused multiply-adds that begin at zero,
/// chain j over columns j, j + 4, j + 8, ... (columns missing from the last four count as zeros); they are added as (c0 + c1) +
/// (c2 + c3), and stretches are added ascending;</item>
/// <item>pairs of bfloat16: the same, with a pair of columns in the place of a column.</item>
/// </list>
/// </summary>
/// <remarks>
/// Why four chains: sixteen lanes are four columns of four outputs, so rows of weights are exchanged sixteen bytes at a time on
/// their way into registers instead of value by value, and one row of activations needs no more than eight rows of weights at once.
/// </remarks>
internal abstract unsafe class MatMulKernel
{
    /// <summary>Outputs that are computed side by side.</summary>
    public const int Panel = 16;

    /// <summary>Up to so many rows the weights are the work: they are read in the order of memory, and in larger shares.</summary>
    public const int RowsBoundByWeights = 64;

    /// <summary>Columns of float products (or pairs of them) whose four chains are added up before the next ones begin.</summary>
    public const int Stretch = 256;

    /// <summary>The form of activations this kernel reads.</summary>
    public abstract ActivationKind Activations { get; }

    /// <summary>Bytes of scratch a worker needs, whatever the weights' size.</summary>
    public abstract int ScratchBytes { get; }

    /// <summary>Computes some panels of the product for all rows.</summary>
    /// <param name="weight">Weights [outputs, columns].</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">Behind the last panel.</param>
    /// <param name="x">Activations [rows, columns].</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="destination">Results [rows, outputs].</param>
    /// <param name="scratch">At least <see cref="ScratchBytes"/>, 64-byte aligned, this worker's own.</param>
    /// <param name="kept">
    /// Whether scratch is as this kernel's last call left it, which had the same activations: what it makes of them is there still.
    /// </param>
    public abstract void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept);

    /// <summary>How many panels the weights have.</summary>
    public static int Panels(Weight weight) => (weight.Rows + Panel - 1) / Panel;

    /// <summary>How many pairs of panels the weights have; the last may be one panel.</summary>
    public static int Pairs(Weight weight) => (Panels(weight) + 1) / 2;

    /// <summary>Adds bias and residual to finished outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected static void Finish(in Destination d, int firstOutput, int outputs, int rows)
    {
        if (d.Bias is null && d.Residual is null)
        {
            return;
        }

        for (var r = 0; r < rows; r++)
        {
            var y = d.Y + (nint)r * d.Stride + firstOutput;
            if (d.Bias is not null)
            {
                Add(y, d.Bias + firstOutput, outputs);
            }

            if (d.Residual is not null)
            {
                Add(y, d.Residual + (nint)r * d.ResidualStride + firstOutput, outputs);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* y, float* term, int count)
    {
        var o = 0;
        for (; o + Vector<float>.Count <= count; o += Vector<float>.Count)
        {
            (Vector.Load(y + o) + Vector.Load(term + o)).Store(y + o);
        }

        for (; o < count; o++)
        {
            y[o] += term[o];
        }
    }
}
