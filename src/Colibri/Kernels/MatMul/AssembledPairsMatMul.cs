using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// bfloat16 weights times activations rounded to bfloat16, a pair of columns an instruction (<c>vdpbf16ps</c>): twice the speed of
/// float32. Panels hold pairs as they lie in memory, a stretch of columns at a time.
/// </summary>
internal sealed unsafe class AssembledPairsMatMul : MatMulKernel, IAssembled
{
    /// <summary>Columns of a stretch.</summary>
    private const int Depth = 2 * Stretch;

    /// <summary>Most rows that pass by a panel: their activations of a stretch (512 KiB) stay in the second-level cache.</summary>
    private const int MostRows = 512;

    private static readonly QuadTile[] Tiles = QuadTile.All(true);
    private static readonly QuadPanel Takes = new(StoredFloat.Single);
    private static readonly QuadRowsProduct Rows = new(StoredFloat.Brain, true);

    public override ActivationKind Activations => ActivationKind.Pairs;

    public IEnumerable<AssembledFunction> Functions => [.. Tiles.Select(tile => tile.Function), Takes.Function, .. Rows.Functions];

    public override int ScratchBytes => Math.Max(QuadTile.PanelBytes, QuadRowsProduct.ScratchBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var panel = firstPanel;
        if (Rows.Takes(rows, weight.Columns))
        {
            // Full panels are read as they lie; a last one that is not takes the way of many rows.
            panel = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
            Rows.Run(weight, firstPanel, panel, x.Pairs, (nint)x.Stride * sizeof(ushort), rows, destination.Y, destination.Stride, scratch);
            Finish(destination, firstPanel * Panel, (panel - firstPanel) * Panel, rows);
        }

        for (var row = 0; row < rows && panel < lastPanel; row += MostRows)
        {
            var count = Math.Min(MostRows, rows - row);
            for (var column = 0; column < weight.Columns; column += Depth)
            {
                Stretched(weight, panel, lastPanel, column, x.From(row), count, destination.From(row), scratch);
            }
        }
    }

    // All panels by some rows and a stretch of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stretched(Weight weight, int firstPanel, int lastPanel, int column, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var columns = Math.Min(Depth, weight.Columns - column);
        var quads = (columns + 7) / 8;
        var last = column + columns == weight.Columns;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            Lay(weight, firstOutput, outputs, column, columns, (uint*)scratch);
            QuadTile.Pass(Tiles, rows, new QuadTileArguments
            {
                Activations = x.Pairs + column,
                ActivationStride = (nint)x.Stride * sizeof(ushort),
                Weights = scratch,
                Results = destination.Y + firstOutput,
                ResultStride = destination.Stride * sizeof(float),
                Quads = quads,
                Fresh = column == 0 ? 1 : 0,
                Addends = last ? new TileAddends(destination, firstOutput) : default,
                Mask = (ushort)((1 << outputs) - 1),
            });
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lay(Weight weight, int firstOutput, int outputs, int column, int columns, uint* panel)
    {
        var rows = weight.Address + firstOutput * weight.RowBytes + column * sizeof(ushort);
        var steps = outputs == Panel ? columns / (2 * QuadPanel.Step) : 0;
        if (steps > 0)
        {
            Takes.Take(rows, (nint)weight.RowBytes, steps, (float*)panel);
        }

        for (var pair = steps * QuadPanel.Step; pair < (columns + 7) / 8 * 4; pair++)
        {
            for (var r = 0; r < Panel; r++)
            {
                var values = (ushort*)(rows + r * weight.RowBytes) + 2 * pair;
                var bits = r >= outputs || 2 * pair >= columns ? 0 : values[0] | (2 * pair + 1 < columns ? (uint)values[1] << 16 : 0);
                panel[pair / 4 * 4 * Panel + (r % 4 * 4 + r / 4) * 4 + pair % 4] = bits;
            }
        }
    }
}
