using Colibri.Formats;
using Colibri.Kernels.Lanes;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The float32 product, for weights of any format: sixteen rows of weights are decoded, 256 columns at a time, and turned
/// into a panel that stays in the first-level cache while all rows of activations pass by.
/// </summary>
internal sealed unsafe class PortableFloatMatMul<T> : MatMulKernel where T : unmanaged, ILanes<T>
{
    // A multiple of every format's block; 16 x 256 floats are 16 KiB, twice (decoded and turned) two thirds of 48 KiB.
    private const int Depth = 256;

    public override ActivationKind Activations => ActivationKind.Float;

    public override int ScratchBytes => 2 * Panel * Depth * sizeof(float);

    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        var decoded = (float*)scratch;
        var turned = decoded + Panel * Depth;
        var edge = stackalloc float[Panel];
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            for (var column = 0; column < weight.Columns; column += Depth)
            {
                var depth = Math.Min(Depth, weight.Columns - column);
                Decode(weight, firstOutput, outputs, column, depth, decoded);
                Transpose.Sixteen(decoded, Depth, depth, turned);
                var a = x.Values + column;
                if (outputs == Panel)
                {
                    PanelProduct<T>.Rows(a, x.Stride, turned, Panel, depth, destination.Y + firstOutput, destination.Stride, rows, column == 0);
                    continue;
                }

                // The last panel is not full: its sixteen lanes must not be written beyond the row.
                for (var r = 0; r < rows; r++)
                {
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    PanelProduct<T>.Rows(a + (nint)r * x.Stride, 0, turned, Panel, depth, edge, 0, 1, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    private static void Decode(Weight weight, int firstOutput, int outputs, int column, int depth, float* decoded)
    {
        for (var r = 0; r < outputs; r++)
        {
            weight.DecodeColumns(firstOutput + r, column, new Span<float>(decoded + r * Depth, depth));
        }

        if (outputs < Panel)
        {
            new Span<float>(decoded + outputs * Depth, (Panel - outputs) * Depth).Clear();
        }
    }
}
