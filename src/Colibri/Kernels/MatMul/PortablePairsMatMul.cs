using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Formats.Packing;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// <see cref="ReferencePairsMatMul"/> with sixteen outputs side by side: the same order of operations, and subnormal numbers are
/// zeros. Computes where it is forced; without the instruction <see cref="PortableFloatMatMul{T}"/> is as fast and rounds nothing.
/// </summary>
internal sealed unsafe class PortablePairsMatMul<T> : MatMulKernel where T : unmanaged, ILanes<T>
{
    private const int Depth = 256;
    private const float SmallestNormal = 1.17549435e-38f;

    public override ActivationKind Activations => ActivationKind.Float;

    /// <inheritdoc/>
    public override bool MultipliesPairs => true;

    public override int ScratchBytes => (2 * Panel + 1) * Depth * sizeof(float) + Depth * sizeof(ushort);

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var decoded = (float*)scratch;
        var turned = decoded + Panel * Depth;
        var rounded = turned + Panel * Depth;
        var narrow = (ushort*)(rounded + Depth);
        var edge = stackalloc float[Panel];
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            for (var column = 0; column < weight.Columns; column += Depth)
            {
                var depth = Math.Min(Depth, weight.Columns - column);
                new Span<float>(decoded, Panel * Depth).Clear();
                for (var r = 0; r < outputs; r++)
                {
                    var row = new ReadOnlySpan<byte>(weight.Address + (firstOutput + r) * weight.RowBytes + weight.Format.BytesFor(column), (int)weight.Format.BytesFor(depth));
                    weight.Format.Decode(row, new Span<float>(decoded + r * Depth, depth));
                }

                Transpose.Sixteen(decoded, Depth, (depth + 1) / 2 * 2, turned);
                for (var r = 0; r < rows; r++)
                {
                    PairRounding.Plain(x.From(r).Values + column, depth, narrow);
                    BrainConversion.Widen(new ReadOnlySpan<ushort>(narrow, depth), new Span<float>(rounded, depth));
                    rounded[depth] = depth < Depth ? 0 : rounded[depth];
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    One(rounded, turned, (depth + 1) / 2, edge, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, float* panel, int pairs, float* y, bool fresh)
    {
        var sum = fresh ? T.Zero : T.Load(y);
        for (var k = 0; k < pairs; k++, a += 2, panel += 2 * Panel)
        {
            sum = Normal(T.MultiplyAdd(Normal(T.Broadcast(a[1])), Normal(T.Load(panel + Panel)), sum));
            sum = Normal(T.MultiplyAdd(Normal(T.Broadcast(a[0])), Normal(T.Load(panel)), sum));
        }

        T.Store(sum, y);
    }

    // Subnormal numbers become zeros of their sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Normal(T value) => T.SelectLess(T.Abs(value), T.Broadcast(SmallestNormal), value * T.Zero, value);
}
