using Colibri.Formats;
using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// bfloat16 weights times activations rounded to bfloat16, a pair of columns an instruction (<c>vdpbf16ps</c>): twice the speed of
/// float32. Panels hold pairs as they lie in memory; activations are rounded for 512 columns of up to 256 rows at a time.
/// </summary>
internal sealed unsafe class AssembledPairsMatMul : MatMulKernel, IAssembled
{
    /// <summary>Columns that a call of the tile takes.</summary>
    private const int Depth = 2 * FloatTile.Depth;

    /// <summary>Rows whose rounded activations are kept at a time.</summary>
    private const int MostRows = 256;

    /// <summary>Columns of one row whose rounded activations are kept.</summary>
    private const int Stretch = 8192;

    private static readonly FloatTile[,] Tiles = AssembledFloatMatMul.MakeTiles(true);
    private static readonly FloatPanel Turns = new(StoredFloat.Single);
    private static readonly FloatRowsProduct Rows = new(StoredFloat.Brain, true);

    public override ActivationKind Activations => ActivationKind.Float;

    /// <inheritdoc/>
    public override bool MultipliesPairs => true;

    public IEnumerable<AssembledFunction> Functions =>
        [.. Tiles.Cast<FloatTile?>().OfType<FloatTile>().Select(tile => tile.Function), Turns.Function, PairRounding.Function, .. Rows.Functions];

    public override int ScratchBytes => 2 * FloatTile.PanelBytes + MostRows * Depth * sizeof(ushort);

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var rounded = (ushort*)(scratch + 2 * FloatTile.PanelBytes);
        if (rows == 1)
        {
            OneRow(weight, firstPanel, lastPanel, x, destination, scratch, rounded);
        }
        else
        {
            for (var row = 0; row < rows; row += MostRows)
            {
                var count = Math.Min(MostRows, rows - row);
                for (var column = 0; column < weight.Columns; column += Depth)
                {
                    Stretched(weight, firstPanel, lastPanel, column, x.From(row), count, destination.From(row), scratch, rounded);
                }
            }
        }

        Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
    }

    private static void OneRow(Weight weight, int firstPanel, int lastPanel, in Activations x, in Destination destination, byte* scratch, ushort* rounded)
    {
        // Full panels and whole steps of columns go row by row; what is left takes the way of many rows.
        var firstShort = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
        var whole = weight.Columns / 32 * 32;
        new Span<float>(destination.Y + firstPanel * Panel, (firstShort - firstPanel) * Panel).Clear();
        for (var column = 0; column < whole; column += Stretch)
        {
            var columns = Math.Min(Stretch, whole - column);
            PairRounding.Fast(x.Values + column, columns, rounded);
            Rows.Run(weight, firstPanel, firstShort, column, columns, rounded, destination.Y);
        }

        if (whole < weight.Columns)
        {
            Stretched(weight, firstPanel, firstShort, whole, x, 1, destination, scratch, rounded);
        }

        for (var column = 0; column < weight.Columns; column += Depth)
        {
            Stretched(weight, firstShort, lastPanel, column, x, 1, destination, scratch, rounded);
        }
    }

    // All panels by some rows and 512 columns.
    private static void Stretched(Weight weight, int firstPanel, int lastPanel, int column, in Activations x, int rows, in Destination destination, byte* scratch, ushort* rounded)
    {
        var depth = Math.Min(Depth, weight.Columns - column);
        for (var r = 0; r < rows; r++)
        {
            var target = rounded + r * Depth;
            PairRounding.Fast(x.From(r).Values + column, depth, target);
            if (depth % 2 != 0)
            {
                target[depth] = 0;
            }
        }

        for (var panel = firstPanel; panel < lastPanel; panel += 2)
        {
            var panels = Math.Min(2, lastPanel - panel);
            var firstOutput = panel * Panel;
            var outputs = Math.Min(panels * Panel, weight.Rows - firstOutput);
            for (var p = 0; p < panels; p++)
            {
                Turn(weight, firstOutput + p * Panel, Math.Min(Panel, outputs - p * Panel), column, depth, (uint*)(scratch + p * FloatTile.PanelBytes));
            }

            AssembledFloatMatMul.Pass(Tiles, panels, rows, new FloatTileArguments
            {
                Activations = rounded,
                ActivationStride = Depth * sizeof(ushort),
                Weights = scratch,
                Results = destination.Y + firstOutput,
                ResultStride = destination.Stride * sizeof(float),
                Depth = (depth + 1) / 2,
                Fresh = column == 0 ? 1 : 0,
                Mask0 = (ushort)((1 << Math.Min(Panel, outputs)) - 1),
                Mask1 = (ushort)((1 << Math.Max(0, outputs - Panel)) - 1),
            });
        }
    }

    private static void Turn(Weight weight, int firstOutput, int outputs, int column, int depth, uint* panel)
    {
        var rows = weight.Address + firstOutput * weight.RowBytes + column * sizeof(ushort);
        var whole = outputs == Panel ? depth / 32 * 16 : 0;
        if (whole > 0)
        {
            Turns.Turn(rows, (nint)weight.RowBytes, whole, (float*)panel);
        }

        for (var pair = whole; 2 * pair < depth; pair++)
        {
            for (var r = 0; r < Panel; r++)
            {
                var values = (ushort*)(rows + r * weight.RowBytes) + 2 * pair;
                panel[pair * Panel + r] = r >= outputs ? 0 : values[0] | (2 * pair + 1 < depth ? (uint)values[1] << 16 : 0);
            }
        }
    }
}
