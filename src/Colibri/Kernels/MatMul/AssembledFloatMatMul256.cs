using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 product in 256-bit vectors: F16 weights are converted by the processor's own instruction (F16C) where one or two rows of
/// activations meet them (<see cref="HalfRows"/>); other floats are read as they lie by <see cref="PairedRows"/>, and more rows meet panels
/// that assembled code lays and multiplies (<see cref="AssembledPanel256"/>).
/// </summary>
internal sealed unsafe class AssembledFloatMatMul256 : MatMulKernel, IAssembled
{
    // How far ahead of use memory is asked for, beside seven rows: so far behind the first of the next eight rows the last of them lies.
    private const int Ahead = 16384;

    /// <summary>Stretches whose sums are kept at a time.</summary>
    private const int MostStretches = 64;

    private static readonly HalfRows[] Products = [new(1), new(2)];
    private static readonly PanelFloatMatMul<AssembledPanel256> Plain = new();

    public override ActivationKind Activations => ActivationKind.Float;

    public IEnumerable<AssembledFunction> Functions => [.. Products.Select(product => product.Function), .. LaidRows.Kinds.Select(rows => rows.Function), .. QuadTile256.Functions];

    public override int ScratchBytes => Math.Max(Plain.ScratchBytes, MostStretches * PairedRows.MostRows * HalfRows.SumBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (rows <= PairedRows.MostRows && weight.Format.FloatLayout == StoredFloat.Half && PairedRows.Takes(weight))
        {
            // Full panels are read as they lie; a last one that is not takes the way of many rows.
            var full = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
            for (var output = firstPanel * Panel; output < full * Panel; output += 8)
            {
                Eight(weight, output, x, rows, destination, scratch);
            }

            Finish(destination, firstPanel * Panel, (full - firstPanel) * Panel, rows);
            firstPanel = full;
        }

        if (firstPanel < lastPanel)
        {
            Plain.Run(weight, firstPanel, lastPanel, x, rows, destination, scratch, kept: false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Eight(Weight weight, int output, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var rowBytes = (nint)weight.RowBytes;
        var first = weight.Address + output * rowBytes;
        var ahead = first + 7 * rowBytes + Ahead;
        for (var column = 0; column < weight.Columns;)
        {
            var left = weight.Columns - column;
            var stretches = Math.Clamp(left / Stretch, 1, MostStretches);
            var depth = Math.Min(Stretch, left);
            var a = x.Values + column;
            Products[rows - 1].Run(
                first + column * sizeof(ushort), rowBytes, stretches, depth / HalfRows.Step, ahead + 8 * column * sizeof(ushort), a, a + x.Stride, scratch);
            for (var row = 0; row < rows; row++)
            {
                Add((float*)(scratch + row * HalfRows.SumBytes), stretches, rows * HalfRows.SumBytes / sizeof(float), destination.Y + (nint)row * destination.Stride + output, column == 0);
            }

            column += stretches * depth;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* sums, int stretches, int stride, float* y, bool fresh)
    {
        var sum = fresh ? Vector256<float>.Zero : Vector256.Load(y);
        for (var i = 0; i < stretches; i++, sums += stride)
        {
            var stretch = QuarterSums.Of(Vector256.Load(sums), Vector256.Load(sums + 8), Vector256.Load(sums + 16), Vector256.Load(sums + 24));
            sum = fresh && i == 0 ? stretch : sum + stretch;
        }

        sum.Store(y);
    }
}
