using Colibri.Kernels.Assembly;
using Iced.Intel;

namespace Colibri.Kernels.MatMul;

/// <summary>Turns 32-bit values within the quarters of registers.</summary>
internal static class TurnAssembly
{
    /// <summary>Emits the turn of the 4 x 4 block that each quarter of four registers holds, a row in each.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="first">Number of the first of the four registers.</param>
    /// <param name="free">Number of the first of four registers that may be changed.</param>
    public static void Quarters(Assembler c, int first, int free)
    {
        var z = VectorRegisters.Zmm;
        var (a, b, d, e) = (z[first], z[first + 1], z[first + 2], z[first + 3]);
        var (t0, t1, t2, t3) = (z[free], z[free + 1], z[free + 2], z[free + 3]);
        c.vunpcklps(t0, a, b);
        c.vunpckhps(t1, a, b);
        c.vunpcklps(t2, d, e);
        c.vunpckhps(t3, d, e);
        c.vunpcklpd(a, t0, t2);
        c.vunpckhpd(b, t0, t2);
        c.vunpcklpd(d, t1, t3);
        c.vunpckhpd(e, t1, t3);
    }
}
