using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product: sixteen rows of weights are unpacked, up to 512 columns at a time, to unsigned bytes that stay in
/// the first-level cache (8 KiB and their scales) while rows of activations pass by, a few at a time. One row reads the weights
/// as they lie in the file (<see cref="RowProduct{TBlock}"/>).
/// </summary>
/// <typeparam name="TBlock">The weights' format.</typeparam>
/// <typeparam name="TTile">How rows of activations are multiplied with a panel.</typeparam>
internal sealed unsafe class PortableIntegerMatMul<TBlock, TTile> : MatMulKernel
    where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    where TTile : IPanelTile
{
    private const int Depth = 512;

    // Few rows are bound by memory: the weights are taken in small steps, so that what is asked for ahead arrives evenly
    // while the processor computes. Measured per core with steps of 0.6, 2.3 and 9 KB: 15, 20 and 17 GB/s (Q4_0), 24, 29
    // and 17 (Q8_0).
    private const int StepBytes = 2304;
    private const int FewRows = 8;

    public override ActivationKind Activations => ActivationKind.Int8;

    public override int ScratchBytes => Math.Max(TTile.PanelBytes * Panel * Depth + 2 * Depth / 16 * Panel * sizeof(float), Rowwise ? RowProduct<TBlock>.ScratchBytes : 0);

    // Only beside vectors of at least 256 bits: a forced narrower variant must not use what it was forced to do without.
    private static bool Rowwise => RowProduct<TBlock>.IsSupported && TTile.IsWide;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (rows == 1 && Rowwise)
        {
            RowProduct<TBlock>.Run(weight, firstPanel, lastPanel, x, destination, scratch, kept);
            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
            return;
        }

        var together = RowParts.Together(rows);
        for (var row = 0; row < rows; row += together)
        {
            Part(weight, firstPanel, lastPanel, x.From(row), Math.Min(together, rows - row), destination.From(row), scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Part(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var q = scratch;
        var scales = (float*)(q + TTile.PanelBytes * Panel * Depth);
        var minimums = scales + Depth / 16 * Panel;
        var edge = stackalloc float[Panel];
        var panelBytes = Panel * weight.RowBytes;
        Prefetch.Near(weight.Address + firstPanel * panelBytes, panelBytes);
        var step = rows < FewRows ? Math.Clamp(StepBytes / (Panel * sizeof(TBlock)), 1, Depth / TBlock.ValuesPerBlock) * TBlock.ValuesPerBlock : Depth;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            var source = weight.Address + firstOutput * weight.RowBytes;
            for (var column = 0; column < weight.Columns; column += step)
            {
                var depth = Math.Min(step, weight.Columns - column);
                var firstBlock = column / TBlock.ValuesPerBlock;
                if (panel + 1 < lastPanel)
                {
                    // The next panel, as far through it as this one is unpacked by now.
                    var done = column / TBlock.ValuesPerBlock * sizeof(TBlock) * Panel;
                    Prefetch.Near(source + panelBytes + done, depth / TBlock.ValuesPerBlock * sizeof(TBlock) * Panel);
                }

                var slice = Slice(x, column);
                var blocks = source + firstBlock * sizeof(TBlock);
                TBlock.UnpackPanel(blocks, (nint)weight.RowBytes, outputs - 1, depth / TBlock.ValuesPerBlock, q, scales, minimums);
                TTile.Prepare(q, Panel * depth);
                if (outputs == Panel)
                {
                    TTile.Rows(slice, rows, depth, q, scales, minimums, destination.Y + firstOutput, destination.Stride, column == 0);
                    continue;
                }

                // The last panel is not full: its sixteen lanes must not be written beyond the row.
                for (var r = 0; r < rows; r++)
                {
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    TTile.Rows(slice.From(r), 1, depth, q, scales, minimums, edge, 0, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    private static Activations Slice(in Activations x, int column) =>
        new(null, x.Stride, x.Integers + column, x.Scales + column / QuantizeKernel.Block, x.Sums + column / QuantizeKernel.SumGroup);
}
