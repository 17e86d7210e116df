using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>How sums of a tile leave the registers; masks k1 and k2 say which outputs of its panels exist.</summary>
internal static class TileEnd
{
    /// <summary>Emits: sums plus bias, plus residual, where there are such (<see cref="Destination"/>).</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="panels">Panels of sixteen outputs, 1 or 2.</param>
    /// <param name="sum">The register of a row's sums of a panel.</param>
    /// <param name="free">A register for each panel that may be changed.</param>
    /// <param name="registers">General registers that may be changed.</param>
    /// <param name="addends">What is added; the residual is left at the row behind the tile.</param>
    public static void Add(
        Assembler c, int rows, int panels, Func<int, int, AssemblerRegisterZMM> sum, Func<int, AssemblerRegisterZMM> free,
        (AssemblerRegister64 Address, AssemblerRegister64 Stride) registers, ArgumentsOf<TileAddends> addends)
    {
        var (address, stride) = registers;
        var unbiased = c.CreateLabel();
        c.mov(address, addends[nameof(TileAddends.Bias)]);
        c.test(address, address);
        c.jz(unbiased);
        for (var panel = 0; panel < panels; panel++)
        {
            c.vmovups(free(panel).k(panel).z, __zmmword_ptr[address + panel * 64]);
            for (var row = 0; row < rows; row++)
            {
                c.vaddps(sum(row, panel), sum(row, panel), free(panel));
            }
        }

        c.Label(ref unbiased);
        var done = c.CreateLabel();
        c.mov(address, addends[nameof(TileAddends.Residual)]);
        c.test(address, address);
        c.jz(done);
        c.mov(stride, addends[nameof(TileAddends.ResidualStride)]);
        for (var row = 0; row < rows; row++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                c.vmovups(free(panel).k(panel).z, __zmmword_ptr[address + panel * 64]);
                c.vaddps(sum(row, panel), sum(row, panel), free(panel));
            }

            c.add(address, stride);
        }

        c.mov(addends[nameof(TileAddends.Residual)], address);
        c.Label(ref done);
        c.nop();
    }

    /// <summary>Emits the stores, and moves on to the next tile's rows.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="panels">Panels of sixteen outputs, 1 or 2.</param>
    /// <param name="sum">The register of a row's sums of a panel.</param>
    /// <param name="results">The address of the first row of results, and the bytes from one row to the next.</param>
    /// <param name="activations">The same of the activations.</param>
    public static void Store(
        Assembler c, int rows, int panels, Func<int, int, AssemblerRegisterZMM> sum,
        (AssemblerRegister64 Address, AssemblerRegister64 Stride) results, (AssemblerRegister64 Address, AssemblerRegister64 Stride) activations)
    {
        for (var row = 0; row < rows; row++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                c.vmovups(__zmmword_ptr[results.Address + panel * 64].k(panel), sum(row, panel));
            }

            c.add(results.Address, results.Stride);
            c.add(activations.Address, activations.Stride);
        }
    }
}
