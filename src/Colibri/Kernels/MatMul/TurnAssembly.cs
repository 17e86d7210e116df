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

    /// <summary>Emits the same where few registers are left: one more is taken, another given back.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rows">The four registers.</param>
    /// <param name="free">Registers that may be changed, at least one.</param>
    /// <returns>Where values 0 to 3 of all rows are.</returns>
    public static AssemblerRegisterZMM[] Quarters(Assembler c, AssemblerRegisterZMM[] rows, Stack<AssemblerRegisterZMM> free)
    {
        var (a, b, d, e, t) = (rows[0], rows[1], rows[2], rows[3], free.Pop());
        c.vunpcklps(t, a, b);
        c.vunpckhps(a, a, b);
        c.vunpcklps(b, d, e);
        c.vunpckhps(d, d, e);
        c.vunpcklpd(e, t, b);
        c.vunpckhpd(t, t, b);
        c.vunpcklpd(b, a, d);
        c.vunpckhpd(a, a, d);
        free.Push(d);
        return [e, t, b, a];
    }
}
