using System.Runtime.CompilerServices;
using Colibri.Formats;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 product, for weights of any format: sixteen rows of weights are decoded, a stretch of columns at a time, and laid
/// into a panel that stays in the first-level cache while rows of activations pass by.
/// </summary>
/// <typeparam name="TPanel">How panels are laid and multiplied.</typeparam>
internal sealed unsafe class PanelFloatMatMul<TPanel> : MatMulKernel where TPanel : struct, IFloatPanel
{
    public override ActivationKind Activations => ActivationKind.Float;

    // 16 x 256 floats are 16 KiB, twice (decoded and laid out) two thirds of 48 KiB.
    public override int ScratchBytes => 2 * Panel * Stretch * sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var together = RowParts.Together(rows);
        for (var row = 0; row < rows; row += together)
        {
            Part(weight, firstPanel, lastPanel, x.From(row), Math.Min(together, rows - row), destination.From(row), scratch);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Part(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var decoded = (float*)scratch;
        var laid = decoded + Panel * Stretch;
        var edge = stackalloc float[Panel];
        if (rows <= PairedRows.MostRows && TPanel.TakesStored(weight))
        {
            // Full panels are read as they lie; a last one that is not takes the way of many rows.
            var full = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
            PairedRows.Run(weight, firstPanel, full, x, rows, destination);
            Finish(destination, firstPanel * Panel, (full - firstPanel) * Panel, rows);
            firstPanel = full;
        }

        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            for (var column = 0; column < weight.Columns; column += Stretch)
            {
                var columns = Math.Min(Stretch, weight.Columns - column);
                if (outputs == Panel && TPanel.TakesStored(weight))
                {
                    TPanel.Lay(weight, firstOutput, column, columns, laid);
                }
                else
                {
                    Decode(weight, firstOutput, outputs, column, columns, decoded);
                    QuadPanel.Take(decoded, Stretch, columns, laid);
                }

                var a = x.Values + column;
                if (outputs == Panel)
                {
                    TPanel.Rows(a, x.Stride, laid, columns, destination.Y + firstOutput, destination.Stride, rows, column == 0);
                    continue;
                }

                // The last panel is not full: its sixteen lanes must not be written beyond the row.
                for (var r = 0; r < rows; r++)
                {
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    TPanel.Rows(a + (nint)r * x.Stride, 0, laid, columns, edge, 0, 1, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    /// <summary>Decodes some columns of up to sixteen rows; other rows, and columns up to a multiple of four, are zeros.</summary>
    /// <param name="weight">The weights.</param>
    /// <param name="firstOutput">The first row.</param>
    /// <param name="outputs">Rows that exist.</param>
    /// <param name="column">The first column, at the beginning of a block.</param>
    /// <param name="columns">Whole blocks of columns.</param>
    /// <param name="decoded">Receives sixteen rows, a stretch from one to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Decode(Weight weight, int firstOutput, int outputs, int column, int columns, float* decoded)
    {
        for (var r = 0; r < Panel; r++)
        {
            var row = new Span<float>(decoded + r * Stretch, (columns + 3) / 4 * 4);
            if (r < outputs)
            {
                weight.DecodeColumns(firstOutput + r, column, row[..columns]);
                row[columns..].Clear();
            }
            else
            {
                row.Clear();
            }
        }
    }
}
