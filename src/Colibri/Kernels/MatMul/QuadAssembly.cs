using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Four rows of sixteen columns: loaded as float32 and exchanged by sixteen bytes, so that a register holds the same four
/// columns of all four rows, a row in each quarter.
/// </summary>
internal static class QuadAssembly
{
    /// <summary>Holds the address of the first row; advanced by who calls.</summary>
    public static readonly AssemblerRegister64 Row = r9;

    /// <summary>Holds the bytes from one row to the next.</summary>
    public static readonly AssemblerRegister64 RowBytes = r10;

    private static readonly AssemblerRegister64 Four = r11;
    private static readonly AssemblerRegister64 Twelve = rbx;

    /// <summary>Fills the registers of distances: once, before the loops.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="rowBytes">Where the bytes from one row to the next are.</param>
    public static void Distances(Assembler c, AssemblerMemoryOperand rowBytes)
    {
        c.mov(RowBytes, rowBytes);
        c.lea(Four, __[RowBytes * 4]);
        c.lea(Twelve, __[Four + Four * 2]);
    }

    /// <summary>The same for four rows that lie as far apart as an argument says, not four times as far.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="apart">Where the bytes from one of the four rows to the next are.</param>
    public static void Between(Assembler c, AssemblerMemoryOperand apart)
    {
        c.mov(Four, apart);
        c.lea(Twelve, __[Four + Four * 2]);
    }

    /// <summary>A place in one of the four rows.</summary>
    /// <param name="type">What lies there.</param>
    /// <param name="row">Which row, 0..3.</param>
    /// <param name="offset">Bytes from the row's address.</param>
    public static AssemblerMemoryOperand At(AssemblerMemoryOperandFactory type, int row, int offset) => row switch
    {
        0 => type[Row + offset],
        1 => type[Row + Four + offset],
        2 => type[Row + Four * 2 + offset],
        _ => type[Row + Twelve + offset],
    };

    /// <summary>Emits the loads and the exchange.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="stored">How rows lie in memory.</param>
    /// <param name="first">Number of the first of eight registers that are changed; the first four receive columns 0 to 3, 4 to 7, ...</param>
    /// <param name="offset">Bytes from the rows' addresses to the columns.</param>
    public static void LoadAndTurn(Assembler c, StoredFloat stored, int first, int offset = 0)
    {
        var z = VectorRegisters.Zmm.AsSpan(first, 8);
        for (var q = 0; q < 4; q++)
        {
            switch (stored)
            {
                case StoredFloat.Half:
                    c.vcvtph2ps(z[q], At(__ymmword_ptr, q, offset));
                    break;
                case StoredFloat.Brain:
                    c.vpmovzxwd(z[q], At(__ymmword_ptr, q, offset));
                    c.vpslld(z[q], z[q], 16);
                    break;
                default:
                    c.vmovups(z[q], At(__zmmword_ptr, q, offset));
                    break;
            }
        }

        const byte low = 0b01_00_01_00;
        const byte high = 0b11_10_11_10;
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        c.vshuff32x4(z[4], z[0], z[1], low);
        c.vshuff32x4(z[5], z[2], z[3], low);
        c.vshuff32x4(z[6], z[0], z[1], high);
        c.vshuff32x4(z[7], z[2], z[3], high);
        c.vshuff32x4(z[0], z[4], z[5], even);
        c.vshuff32x4(z[1], z[4], z[5], odd);
        c.vshuff32x4(z[2], z[6], z[7], even);
        c.vshuff32x4(z[3], z[6], z[7], odd);
    }

    /// <summary>Emits the products of 32 bits a lane, added to sums: of a float32, or of both bfloat16 of a pair.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="pairs">Which of both.</param>
    /// <param name="sum">What is added to.</param>
    /// <param name="weight">Weights.</param>
    /// <param name="activation">Activations.</param>
    public static void MultiplyAdd(Assembler c, bool pairs, AssemblerRegisterZMM sum, AssemblerRegisterZMM weight, AssemblerRegisterZMM activation)
    {
        if (pairs)
        {
            c.vdpbf16ps(sum, weight, activation);
        }
        else
        {
            c.vfmadd231ps(sum, weight, activation);
        }
    }

    /// <summary>Bytes of sixteen columns.</summary>
    public static int StepBytes(StoredFloat stored) => stored == StoredFloat.Single ? 64 : 32;

    /// <summary>Emits the sums of the quarters of four registers (<see cref="Lanes.QuarterSums"/>) into the first.</summary>
    /// <param name="c">Where instructions go.</param>
    /// <param name="z0">The first; receives the sums.</param>
    /// <param name="z1">The second; changed.</param>
    /// <param name="z2">The third; changed.</param>
    /// <param name="z3">The fourth; changed.</param>
    /// <param name="free">A register that may be changed.</param>
    public static void SumQuarters(Assembler c, AssemblerRegisterZMM z0, AssemblerRegisterZMM z1, AssemblerRegisterZMM z2, AssemblerRegisterZMM z3, AssemblerRegisterZMM free)
    {
        Pair(c, z0, z1, free);
        Pair(c, z2, z3, free);
        Pair(c, z0, z2, free);
    }

    private static void Pair(Assembler c, AssemblerRegisterZMM a, AssemblerRegisterZMM b, AssemblerRegisterZMM free)
    {
        const byte even = 0b10_00_10_00;
        const byte odd = 0b11_01_11_01;
        c.vshufps(free, a, b, even);
        c.vshufps(a, a, b, odd);
        c.vaddps(a, free, a);
    }
}
