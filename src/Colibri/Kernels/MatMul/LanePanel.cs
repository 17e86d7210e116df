using Colibri.Formats;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>Panels of float32 in lanes of some width.</summary>
/// <typeparam name="T">Sixteen lanes.</typeparam>
internal readonly unsafe struct LanePanel<T> : IFloatPanel where T : unmanaged, ILanes<T>
{
    // In 256-bit vectors stored floats are converted while they are loaded.
    public static bool TakesStored(Weight weight) => T.Registers == 2 && PairedRows.Takes(weight);

    public static void Lay(Weight weight, int firstOutput, int column, int columns, float* panel) => PairedRows.Lay(weight, firstOutput, column, columns, panel);

    public static void Rows(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh) =>
        PanelProduct<T>.Rows(a, aStride, panel, columns, y, yStride, rows, fresh);
}
