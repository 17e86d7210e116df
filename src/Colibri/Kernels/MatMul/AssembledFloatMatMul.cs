using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 product around <see cref="QuadTile"/>, for weights of any format: stored floats are converted on their way into a
/// panel, other formats are decoded first. A panel, a stretch of columns at a time, stays in the first-level cache (16 KiB)
/// while all rows of activations pass by, six at a time. Up to four rows go their own way (<see cref="QuadRows"/>).
/// </summary>
internal sealed unsafe class AssembledFloatMatMul : MatMulKernel, IAssembled
{
    private static readonly QuadTile[] Tiles = QuadTile.All(false);
    private static readonly QuadPanel[] Takes = [.. Enum.GetValues<StoredFloat>().Select(stored => new QuadPanel(stored))];
    private static readonly QuadRowsProduct[] Rows = [.. Enum.GetValues<StoredFloat>().Select(stored => new QuadRowsProduct(stored, false))];
    private static readonly PanelFloatMatMul<LanePanel<Lanes512>> Plain = new();

    public override ActivationKind Activations => ActivationKind.Float;

    public IEnumerable<AssembledFunction> Functions =>
    [
        .. Tiles.Select(tile => tile.Function),
        .. Takes.Where(take => take.Stored != StoredFloat.None).Select(take => take.Function),
        .. Rows.Where((_, stored) => stored != (int)StoredFloat.None).SelectMany(rows => rows.Functions),
    ];

    public override int ScratchBytes => Math.Max(Plain.ScratchBytes, QuadRowsProduct.ScratchBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (weight.Columns % 4 != 0)
        {
            // Rows of activations end within a four; no model has such.
            Plain.Run(weight, firstPanel, lastPanel, x, rows, destination, scratch, kept: false);
            return;
        }

        var panel = firstPanel;
        var stored = weight.Format.FloatLayout;
        if (stored != StoredFloat.None && Rows[(int)stored].Takes(rows, weight.Columns))
        {
            // Full panels are read as they lie; a last one that is not takes the way of many rows.
            panel = Math.Clamp(weight.Rows / Panel, firstPanel, lastPanel);
            Rows[(int)stored].Run(weight, firstPanel, panel, x.Values, x.Stride * sizeof(float), rows, destination.Y, destination.Stride, scratch);
            Finish(destination, firstPanel * Panel, (panel - firstPanel) * Panel, rows);
        }

        for (; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            for (var column = 0; column < weight.Columns; column += Stretch)
            {
                var columns = Math.Min(Stretch, weight.Columns - column);
                var last = column + columns == weight.Columns;
                Lay(weight, firstOutput, outputs, column, columns, (float*)scratch, (float*)(scratch + QuadTile.PanelBytes));
                QuadTile.Pass(Tiles, rows, new QuadTileArguments
                {
                    Activations = x.Values + column,
                    ActivationStride = x.Stride * sizeof(float),
                    Weights = scratch,
                    Results = destination.Y + firstOutput,
                    ResultStride = destination.Stride * sizeof(float),
                    Quads = columns / 4,
                    Fresh = column == 0 ? 1 : 0,
                    Addends = last ? new TileAddends(destination, firstOutput) : default,
                    Mask = (ushort)((1 << outputs) - 1),
                });
            }
        }
    }

    private static void Lay(Weight weight, int firstOutput, int outputs, int column, int columns, float* panel, float* decoded)
    {
        var format = weight.Format;
        var steps = format.FloatLayout != StoredFloat.None && outputs == Panel ? columns / QuadPanel.Step : 0;
        if (steps > 0)
        {
            Takes[(int)format.FloatLayout].Take(weight.Address + firstOutput * weight.RowBytes + format.BytesFor(column), (nint)weight.RowBytes, steps, panel);
        }

        var done = steps * QuadPanel.Step;
        if (done < columns)
        {
            PanelFloatMatMul<LanePanel<Lanes512>>.Decode(weight, firstOutput, outputs, column + done, columns - done, decoded);
            QuadPanel.Take(decoded, Stretch, columns - done, panel + done * Panel);
        }
    }
}
