using Iced.Intel;

namespace Colibri.Kernels.MatMul;

/// <summary>What tiles do with finished sums before they leave the registers.</summary>
internal static class TileEnd
{
    /// <summary>Emits: sums plus bias, plus residual, where there are such (<see cref="Destination"/>).</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rows">Rows of the tile.</param>
    /// <param name="panels">Panels of sixteen outputs, 1 or 2; masks k1 and k2 say which exist.</param>
    /// <param name="sum">The register of a row's sums of a panel.</param>
    /// <param name="free">A register for each panel that may be changed.</param>
    /// <param name="registers">General registers that may be changed.</param>
    /// <param name="bias">Where the address of the biases is.</param>
    /// <param name="residual">Where the address of the first row's residuals is; left at those of the row behind the tile.</param>
    /// <param name="residualStride">Where the bytes from one row of residuals to the next are.</param>
    public static void Add(
        Assembler c, int rows, int panels, Func<int, int, AssemblerRegisterZMM> sum, Func<int, AssemblerRegisterZMM> free,
        (AssemblerRegister64 Address, AssemblerRegister64 Stride) registers,
        AssemblerMemoryOperand bias, AssemblerMemoryOperand residual, AssemblerMemoryOperand residualStride)
    {
        var (address, stride) = registers;
        var unbiased = c.CreateLabel();
        c.mov(address, bias);
        c.test(address, address);
        c.jz(unbiased);
        for (var panel = 0; panel < panels; panel++)
        {
            c.vmovups(free(panel).k(panel).z, AssemblerRegisters.__zmmword_ptr[address + panel * 64]);
            for (var row = 0; row < rows; row++)
            {
                c.vaddps(sum(row, panel), sum(row, panel), free(panel));
            }
        }

        c.Label(ref unbiased);
        var done = c.CreateLabel();
        c.mov(address, residual);
        c.test(address, address);
        c.jz(done);
        c.mov(stride, residualStride);
        for (var row = 0; row < rows; row++)
        {
            for (var panel = 0; panel < panels; panel++)
            {
                c.vmovups(free(panel).k(panel).z, AssemblerRegisters.__zmmword_ptr[address + panel * 64]);
                c.vaddps(sum(row, panel), sum(row, panel), free(panel));
            }

            c.add(address, stride);
        }

        c.mov(residual, address);
        c.Label(ref done);
        c.nop();
    }
}
