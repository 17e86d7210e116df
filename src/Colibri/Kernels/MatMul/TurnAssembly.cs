using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>Sixteen 32-bit columns of sixteen rows, turned in registers: register k gets column k with a row in each lane.</summary>
internal static class TurnAssembly
{
    /// <summary>Emits loads that convert to float32, and the turn; changes zmm0 to zmm19.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="stored">How the rows lie in memory.</param>
    /// <param name="row">Address of the first row's first column; changed to that of the row behind the last.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="ahead">How many bytes behind what is read memory is asked for; null asks for none.</param>
    public static void LoadAndTurn(Assembler c, StoredFloat stored, AssemblerRegister64 row, AssemblerRegister64 rowBytes, AssemblerRegister64? ahead = null)
    {
        var z = VectorRegisters.Zmm;
        for (var r = 0; r < 16; r++)
        {
            switch (stored)
            {
                case StoredFloat.Half:
                    c.vcvtph2ps(z[r], __ymmword_ptr[row]);
                    break;
                case StoredFloat.Brain:
                    c.vpmovzxwd(z[r], __ymmword_ptr[row]);
                    c.vpslld(z[r], z[r], 16);
                    break;
                default:
                    c.vmovups(z[r], __zmmword_ptr[row]);
                    break;
            }

            if (ahead is { } distance)
            {
                c.prefetcht0(__byte_ptr[row + distance]);
            }

            c.add(row, rowBytes);
        }

        // Each quarter gathers a 4 x 4 block of its own.
        for (var r = 0; r < 16; r += 4)
        {
            Quarters(c, r, 16);
        }

        // Register 4 g + k holds, in quarter q, rows 4 g to 4 g + 3 of column 4 q + k: quarters are exchanged.
        const byte low = 0b01_00_01_00;
        const byte high = 0b11_10_11_10;
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        for (var k = 0; k < 4; k++)
        {
            var (a, b, d, e) = (z[k], z[4 + k], z[8 + k], z[12 + k]);
            c.vshuff32x4(zmm16, a, b, low);
            c.vshuff32x4(zmm17, a, b, high);
            c.vshuff32x4(zmm18, d, e, low);
            c.vshuff32x4(zmm19, d, e, high);
            c.vshuff32x4(a, zmm16, zmm18, even);
            c.vshuff32x4(b, zmm16, zmm18, odd);
            c.vshuff32x4(d, zmm17, zmm19, even);
            c.vshuff32x4(e, zmm17, zmm19, odd);
        }
    }

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

    /// <summary>Bytes of sixteen columns.</summary>
    public static int StepBytes(StoredFloat stored) => stored == StoredFloat.Single ? 64 : 32;
}
