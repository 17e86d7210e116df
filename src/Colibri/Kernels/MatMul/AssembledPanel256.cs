using Colibri.Formats;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>Panels of float32 by code assembled with AVX2 (<see cref="LaidRows"/>, <see cref="QuadTile256"/>).</summary>
internal readonly unsafe struct AssembledPanel256 : IFloatPanel
{
    public static bool TakesStored(Weight weight) => PairedRows.Takes(weight);

    public static void Lay(Weight weight, int firstOutput, int column, int columns, float* panel)
    {
        // Memory is asked for as far in the next panel as this one is laid by then.
        var rows = weight.Address + firstOutput * weight.RowBytes;
        var at = weight.Format.BytesFor(column);
        LaidRows.Of(weight).Take(rows + at, (nint)weight.RowBytes, columns, panel, rows + MatMulKernel.Panel * (weight.RowBytes + at));
    }

    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh)
    {
        if (columns % 4 == 0)
        {
            QuadTile256.Pass(a, aStride, panel, columns, y, yStride, rows, fresh);
        }
        else
        {
            PanelProduct<Lanes256>.Rows(a, aStride, panel, columns, y, yStride, rows, fresh);
        }
    }
}
