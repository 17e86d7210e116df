using Colibri.Formats;
using Colibri.Kernels.Assembly;

namespace Colibri.Kernels.MatMul;

/// <summary>The product of one row of activations with stored floats, one or two panels at a time (<see cref="FloatRows"/>).</summary>
/// <param name="stored">How the weights lie in memory.</param>
/// <param name="pairs">Whether activations are pairs of bfloat16.</param>
internal sealed unsafe class FloatRowsProduct(StoredFloat stored, bool pairs)
{
    private const int Panel = MatMulKernel.Panel;

    // How far ahead of use each row is asked for: one core read 24 GB/s of F16 with 128 to 512 bytes, 22 with 2 KiB, 20 with 4 KiB.
    private const int Ahead = 256;

    private readonly FloatRows _one = new(stored, 1, pairs);
    private readonly FloatRows _two = new(stored, 2, pairs);

    /// <summary>What it runs.</summary>
    public IEnumerable<AssembledFunction> Functions => [_one.Function, _two.Function];

    /// <summary>Adds the products of whole steps of columns to results.</summary>
    /// <param name="weight">Weights [outputs, columns].</param>
    /// <param name="firstPanel">First panel.</param>
    /// <param name="lastPanel">Behind the last panel; all its outputs exist.</param>
    /// <param name="firstColumn">First column that is taken.</param>
    /// <param name="columns">Columns that are taken: whole steps.</param>
    /// <param name="activations">A 32-bit number for each column (or pair).</param>
    /// <param name="y">Results of output 0; read and written.</param>
    public void Run(Weight weight, int firstPanel, int lastPanel, int firstColumn, int columns, void* activations, float* y)
    {
        var rowBytes = (nint)weight.RowBytes;
        var stepBytes = TurnAssembly.StepBytes(_two.Loaded);
        var steps = columns * weight.Format.BytesPerBlock / stepBytes;
        var last = Math.Min(steps, Ahead / stepBytes);

        // Rows a multiple of 4 KiB apart share a few places of the first-level cache: of 32 such rows few lines would stay there
        // (F16 of 2048 columns: 27 GB/s with one panel, 25 with two; of 5632: 29 and 40).
        var together = rowBytes % 4096 == 0 ? 1 : 2;
        for (var panel = firstPanel; panel < lastPanel; panel += together)
        {
            var product = panel + 2 <= lastPanel && together == 2 ? _two : _one;
            var rows = weight.Address + (long)panel * Panel * rowBytes + firstColumn * weight.Format.BytesPerBlock;
            if (steps > last)
            {
                product.Run(rows, rowBytes, steps - last, Ahead, activations, y + panel * Panel);
            }

            if (last > 0)
            {
                // Towards the end of the rows, the beginning of the next panels is asked for.
                var done = (steps - last) * stepBytes;
                product.Run(rows + done, rowBytes, last, together * Panel * rowBytes - done, (byte*)activations + (long)(steps - last) * 64, y + panel * Panel);
            }
        }
    }
}
