using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Formats.Packing;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// <see cref="ReferencePairsMatMul"/> with four columns of four outputs side by side: the same order of operations, and subnormal numbers are
/// zeros. Computes where it is forced; without the instruction <see cref="PanelFloatMatMul{TPanel}"/> is as fast and rounds nothing.
/// </summary>
internal sealed unsafe class PortablePairsMatMul<T> : MatMulKernel where T : unmanaged, ILanes<T>
{
    private const float SmallestNormal = 1.17549435e-38f;

    // Sixteen rows of a stretch (first and second columns of its pairs), both laid into panels, and a row of activations likewise.
    public override int ScratchBytes => (4 * Panel * Stretch + 2 * Stretch + 2 * Stretch) * sizeof(float);

    public override ActivationKind Activations => ActivationKind.Pairs;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var split = (float*)scratch;
        var panels = split + 2 * Panel * Stretch;
        var row = panels + 2 * Panel * Stretch;
        var halves = row + 2 * Stretch;
        var edge = stackalloc float[Panel];
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            for (var column = 0; column < weight.Columns; column += 2 * Stretch)
            {
                var columns = Math.Min(2 * Stretch, weight.Columns - column);
                var quads = (columns + 7) / 8;
                new Span<float>(split, 2 * Panel * Stretch).Clear();
                for (var r = 0; r < outputs; r++)
                {
                    var bytes = new ReadOnlySpan<byte>(weight.Address + (firstOutput + r) * weight.RowBytes + weight.Format.BytesFor(column), (int)weight.Format.BytesFor(columns));
                    weight.Format.Decode(bytes, new Span<float>(row, columns));
                    Split(row, columns, split + r * Stretch, split + (Panel + r) * Stretch);
                }

                QuadPanel.Take(split, Stretch, 4 * quads, panels);
                QuadPanel.Take(split + Panel * Stretch, Stretch, 4 * quads, panels + Panel * Stretch);
                for (var r = 0; r < rows; r++)
                {
                    BrainConversion.Widen(new ReadOnlySpan<ushort>(x.From(r).Pairs + column, columns), new Span<float>(row, columns));
                    new Span<float>(halves, 2 * Stretch).Clear();
                    Split(row, columns, halves, halves + Stretch);
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    One(halves, panels, quads, edge, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Split(float* row, int columns, float* first, float* second)
    {
        for (var k = 0; k < columns; k++)
        {
            (k % 2 == 0 ? first : second)[k / 2] = row[k];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(float* a, float* panel, int quads, float* y, bool fresh)
    {
        var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var quad = 0; quad < quads; quad++, a += 4, panel += 4 * Panel)
        {
            var first = Normal(T.BroadcastFour(a));
            var second = Normal(T.BroadcastFour(a + Stretch));
            s0 = Pair(first, second, panel, s0);
            s1 = Pair(first, second, panel + 16, s1);
            s2 = Pair(first, second, panel + 32, s2);
            s3 = Pair(first, second, panel + 48, s3);
        }

        var sum = T.SumQuarters(s0, s1, s2, s3);
        T.Store(fresh ? sum : T.Load(y) + sum, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Pair(T first, T second, float* panel, T sum)
    {
        sum = Normal(T.MultiplyAdd(second, Normal(T.Load(panel + Panel * Stretch)), sum));
        return Normal(T.MultiplyAdd(first, Normal(T.Load(panel)), sum));
    }

    // Subnormal numbers become zeros of their sign.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Normal(T value) => T.SelectLess(T.Abs(value), T.Broadcast(SmallestNormal), value * T.Zero, value);
}
