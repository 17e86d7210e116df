using Colibri.Formats;
using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 product around <see cref="FloatTile"/>, for weights of any format: stored floats are converted while sixteen rows are
/// turned into a panel, other formats are decoded first. Two panels, 256 columns at a time, stay in the first-level
/// cache (2 x 16 KiB) while all rows of activations pass by, twelve at a time. One row goes its own way (<see cref="FloatRows"/>).
/// </summary>
internal sealed unsafe class AssembledFloatMatMul : MatMulKernel, IAssembled
{
    private const int Depth = FloatTile.Depth;

    private static readonly FloatTile[,] Tiles = MakeTiles(TileElement.Single);
    private static readonly FloatPanel[] Turns = [.. Enum.GetValues<StoredFloat>().Select(stored => new FloatPanel(stored))];
    private static readonly FloatRowsProduct[] Rows = [.. Enum.GetValues<StoredFloat>().Select(stored => new FloatRowsProduct(stored, false))];

    public override ActivationKind Activations => ActivationKind.Float;

    public IEnumerable<AssembledFunction> Functions =>
    [
        .. Tiles.Cast<FloatTile?>().OfType<FloatTile>().Select(tile => tile.Function),
        .. Turns.Where(turn => turn.Stored != StoredFloat.None).Select(turn => turn.Function),
        .. Rows.Where((_, stored) => stored != (int)StoredFloat.None).SelectMany(rows => rows.Functions),
    ];

    public override int ScratchBytes => 2 * FloatTile.PanelBytes + Panel * Depth * sizeof(float);

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var whole = 0;
        var firstShort = firstPanel;
        if (rows == 1 && weight.Format.FloatLayout != StoredFloat.None)
        {
            // Full panels and whole steps of columns go row by row; what is left takes the way of many rows.
            firstShort = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
            whole = weight.Columns / 16 * 16;
            new Span<float>(destination.Y + firstPanel * Panel, (firstShort - firstPanel) * Panel).Clear();
            Rows[(int)weight.Format.FloatLayout].Run(weight, firstPanel, firstShort, 0, whole, x.Values, destination.Y);
        }

        var panels = 2;
        for (var panel = firstPanel; panel < lastPanel; panel += panels)
        {
            panels = Math.Min(2, (panel < firstShort ? firstShort : lastPanel) - panel);
            for (var column = panel < firstShort ? whole : 0; column < weight.Columns; column += Depth)
            {
                AllRows(weight, panel, panels, column, Math.Min(Depth, weight.Columns - column), x, rows, destination, scratch);
            }
        }

        Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
    }

    /// <summary>A tile for every number of rows, and one or two panels.</summary>
    internal static FloatTile[,] MakeTiles(TileElement element)
    {
        var tiles = new FloatTile[FloatTile.MostRows + 1, 3];
        for (var rows = 1; rows <= FloatTile.MostRows; rows++)
        {
            (tiles[rows, 1], tiles[rows, 2]) = (new FloatTile(rows, 1, element), new FloatTile(rows, 2, element));
        }

        return tiles;
    }

    private static void AllRows(Weight weight, int panel, int panels, int column, int depth, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var firstOutput = panel * Panel;
        var outputs = Math.Min(panels * Panel, weight.Rows - firstOutput);
        for (var p = 0; p < panels; p++)
        {
            Turn(weight, firstOutput + p * Panel, Math.Min(Panel, outputs - p * Panel), column, depth, scratch + p * FloatTile.PanelBytes, (float*)(scratch + 2 * FloatTile.PanelBytes));
        }

        var arguments = new FloatTileArguments
        {
            Activations = x.Values + column,
            ActivationStride = x.Stride * sizeof(float),
            Weights = scratch,
            Results = destination.Y + firstOutput,
            ResultStride = destination.Stride * sizeof(float),
            Depth = depth,
            Fresh = column == 0 ? 1 : 0,
            Mask0 = (ushort)((1 << Math.Min(Panel, outputs)) - 1),
            Mask1 = (ushort)((1 << Math.Max(0, outputs - Panel)) - 1),
        };
        Pass(Tiles, panels, rows, arguments);
    }

    /// <summary>All rows by the panels in scratch: whole tiles, then the rows that are left.</summary>
    internal static void Pass(FloatTile[,] tiles, int panels, int rows, FloatTileArguments arguments)
    {
        arguments.Tiles = rows / FloatTile.MostRows;
        if (arguments.Tiles > 0)
        {
            tiles[FloatTile.MostRows, panels].Function.Call(&arguments);
        }

        var done = rows / FloatTile.MostRows * FloatTile.MostRows;
        if (done < rows)
        {
            arguments.Activations = (byte*)arguments.Activations + done * arguments.ActivationStride;
            arguments.Results = (float*)((byte*)arguments.Results + done * arguments.ResultStride);
            arguments.Tokens += arguments.Tokens is null ? 0 : done;
            arguments.Ahead += arguments.AheadStep * (arguments.Depth / 4) * arguments.Tiles;
            arguments.Tiles = 1;
            tiles[rows - done, panels].Function.Call(&arguments);
        }
    }

    private static void Turn(Weight weight, int firstOutput, int outputs, int column, int depth, byte* panel, float* decoded)
    {
        var format = weight.Format;
        var start = weight.Address + firstOutput * weight.RowBytes + format.BytesFor(column);
        var whole = 0;
        if (format.FloatLayout != StoredFloat.None && outputs == Panel && depth >= 16)
        {
            whole = depth / 16 * 16;
            Turns[(int)format.FloatLayout].Turn(start, (nint)weight.RowBytes, whole, (float*)panel);
        }

        if (whole < depth)
        {
            for (var r = 0; r < Panel; r++)
            {
                var row = new Span<float>(decoded + r * Depth, depth - whole);
                if (r < outputs)
                {
                    weight.DecodeColumns(firstOutput + r, column + whole, row);
                }
                else
                {
                    row.Clear();
                }
            }

            Transpose.Sixteen(decoded, Depth, depth - whole, (float*)panel + whole * Panel);
        }
    }
}
