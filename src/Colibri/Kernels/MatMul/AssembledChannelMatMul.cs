using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Signed bytes with a scale per output times unsigned bytes with a scale and zero point per row. A few rows are computed along the
/// columns (<see cref="ChannelDots"/>), weights as they lie in memory. With more rows two panels of sixteen outputs are turned
/// in units of four columns, 1024 columns at a time, and stay in the first-level cache (2 x 16 KiB) while the rows of activations
/// pass by, twelve at a time (<see cref="ChannelTile"/>). Sums are exact, so both ways give the same bits.
/// </summary>
internal sealed unsafe class AssembledChannelMatMul : MatMulKernel, IAssembled
{
    /// <summary>Columns of a unit.</summary>
    private const int Unit = 4;

    /// <summary>Columns that a call of the tile takes.</summary>
    private const int Depth = Unit * ChannelTile.Depth;

    /// <summary>Most rows that meet two panels before the next two are turned: their activations stay in the second-level cache.</summary>
    private const int MostRows = 516;

    /// <summary>
    /// Up to so many rows of weights that come from memory are computed along the columns, in two passes where they are more than a
    /// pass takes: 384 GOP/s for 8 rows, where turning gives 322. Of weights in the cache a pass is the limit (7 rows: 470, 666).
    /// </summary>
    private const int FewRows = 8;

    /// <summary>Weights of so many bytes are taken to come from memory.</summary>
    private const long Large = 2 << 20;

    private static readonly ChannelTile[,] Tiles = MakeTiles();
    private static readonly ChannelDots[] Dots = [.. Enumerable.Range(0, ChannelDots.MostRows + 1).Select(rows => new ChannelDots(rows))];

    public override ActivationKind Activations => ActivationKind.Int8Rows;

    public IEnumerable<AssembledFunction> Functions =>
        [.. Dots.Skip(1).Select(dots => dots.Function), .. Tiles.Cast<ChannelTile?>().OfType<ChannelTile>().Select(tile => tile.Function), ChannelPanel.Function];

    public override int ScratchBytes => Math.Max(2 * ChannelTile.PanelBytes, ChannelDots.RoomBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (rows <= (weight.Bytes < Large ? ChannelDots.MostRows : FewRows))
        {
            var first = rows <= ChannelDots.MostRows ? rows : (rows + 1) / 2;
            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                AlongColumns(weight, panel, x, first, destination, scratch);
                if (first < rows)
                {
                    AlongColumns(weight, panel, x.From(first), rows - first, destination.From(first), scratch);
                }
            }

            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
        }
        else
        {
            for (var row = 0; row < rows; row += MostRows)
            {
                for (var panel = firstPanel; panel < lastPanel; panel += 2)
                {
                    TwoPanels(weight, panel, Math.Min(2, lastPanel - panel), x.From(row), Math.Min(MostRows, rows - row), destination.From(row), scratch);
                }
            }
        }
    }

    private static void AlongColumns(Weight weight, int panel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var first = panel * Panel;
        var outputs = Math.Min(Panel, weight.Rows - first);
        var rest = weight.Columns % ChannelDots.Step;
        var arguments = new ChannelDotsArguments
        {
            Activations = x.Bytes,
            ActivationStride = x.Stride,
            Weights = weight.Address + first * weight.RowBytes,
            RowBytes = (nint)weight.RowBytes,
            Outputs = outputs,
            Steps = weight.Columns / ChannelDots.Step,
            Rest = (1UL << rest) - 1,
            Sums = weight.ChannelSums + first,
            Scales = weight.ChannelScales + first,
            Tokens = x.Tokens,
            Results = destination.Y + first,
            ResultStride = destination.Stride * sizeof(float),
            Room = scratch,
            Mask = (ushort)((1 << outputs) - 1),
        };
        Dots[rows].Function.CallBriefly(&arguments);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoPanels(Weight weight, int panel, int panels, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var first = panel * Panel;
        var outputs = Math.Min(panels * Panel, weight.Rows - first);
        var share = panels * Panel * weight.RowBytes;
        var tiles = (rows + ChannelTile.MostRows - 1) / ChannelTile.MostRows;
        for (var column = 0; column < weight.Columns; column += Depth)
        {
            var depth = Math.Min(Depth, weight.Columns - column);
            var isLast = column + depth == weight.Columns;
            for (var p = 0; p < panels; p++)
            {
                Turn(weight, first + p * Panel, Math.Min(Panel, outputs - p * Panel), column, depth, scratch + p * ChannelTile.PanelBytes);
            }

            Pass(panels, rows, new ChannelTileArguments
            {
                Activations = x.Bytes + column,
                ActivationStride = x.Stride,
                Weights = scratch,
                Results = destination.Y + first,
                ResultStride = destination.Stride * sizeof(float),
                Depth = (depth + Unit - 1) / Unit,
                Fresh = column == 0 ? 1 : 0,
                Mask0 = (ushort)((1 << Math.Min(Panel, outputs)) - 1),
                Mask1 = (ushort)((1 << Math.Max(0, outputs - Panel)) - 1),
                Sums = isLast ? weight.ChannelSums + first : null,
                Scales = weight.ChannelScales + first,
                Tokens = x.Tokens,
                Addends = isLast ? new TileAddends(destination, first) : default,

                // The next panels' weights, in the order of memory: their share of these columns, spread over all steps of all tiles.
                Ahead = weight.Address + first * weight.RowBytes + share + share * column / weight.Columns,
                AheadStep = (nint)(share * depth / weight.Columns / Math.Max(1, depth / (4 * Unit) * tiles)),
            });
        }
    }

    private static ChannelTile[,] MakeTiles()
    {
        var tiles = new ChannelTile[ChannelTile.MostRows + 1, 3];
        for (var rows = 1; rows <= ChannelTile.MostRows; rows++)
        {
            (tiles[rows, 1], tiles[rows, 2]) = (new ChannelTile(rows, 1), new ChannelTile(rows, 2));
        }

        return tiles;
    }

    // All rows by the panels in scratch: whole tiles, then the rows that are left.
    private static void Pass(int panels, int rows, ChannelTileArguments arguments)
    {
        arguments.Tiles = rows / ChannelTile.MostRows;
        if (arguments.Tiles > 0)
        {
            Tiles[ChannelTile.MostRows, panels].Function.Call(&arguments);
        }

        var done = rows / ChannelTile.MostRows * ChannelTile.MostRows;
        if (done < rows)
        {
            arguments.Activations += done * arguments.ActivationStride;
            arguments.Results = (float*)((byte*)arguments.Results + done * arguments.ResultStride);
            arguments.Tokens += done;
            arguments.Ahead += arguments.AheadStep * (arguments.Depth / 4) * arguments.Tiles;
            arguments.Tiles = 1;
            Tiles[rows - done, panels].Function.Call(&arguments);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Turn(Weight weight, int firstOutput, int outputs, int column, int depth, byte* panel)
    {
        var rows = weight.Address + firstOutput * weight.RowBytes + column;
        var whole = outputs == Panel ? depth / Unit / ChannelPanel.Step * ChannelPanel.Step : 0;
        if (whole > 0)
        {
            ChannelPanel.Turn(rows, (nint)weight.RowBytes, whole / ChannelPanel.Step, panel);
        }

        // What is left, with zeros where there is nothing.
        for (var unit = whole; Unit * unit < depth; unit++)
        {
            var columns = Math.Min(Unit, depth - Unit * unit);
            for (var r = 0; r < Panel; r++)
            {
                var bytes = 0u;
                for (var k = 0; r < outputs && k < columns; k++)
                {
                    bytes |= (uint)rows[r * weight.RowBytes + Unit * unit + k] << (8 * k);
                }

                ((uint*)panel)[unit * Panel + r] = bytes;
            }
        }
    }
}
