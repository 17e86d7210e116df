using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>Turns sixteen rows of bytes into a panel: [units, 16] of four columns each, a row in each lane.</summary>
internal static unsafe class ChannelPanel
{
    /// <summary>Units that are turned together: a register of each row.</summary>
    public const int Step = 16;

    /// <summary>The function; assembled on first use.</summary>
    public static AssembledFunction Function => field ??= AssemblySupport.Function("panel of bytes", Assemble);

    /// <summary>Turns whole steps, at least one.</summary>
    /// <param name="rows">The first column of row 0; all sixteen rows exist.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="steps">How many steps.</param>
    /// <param name="panel">Receives 64 bytes a unit.</param>
    public static void Turn(byte* rows, nint rowBytes, int steps, byte* panel)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Steps = steps, Panel = panel };
        Function.CallBriefly(&arguments);
    }

    private static byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var z = VectorRegisters.Zmm;
        var arguments = new ArgumentsOf<Arguments>();
        var (start, rowBytes, steps, panel, row) = (rsi, rdx, rcx, r8, r9);
        c.mov(start, arguments[nameof(Arguments.Rows)]);
        c.mov(rowBytes, arguments[nameof(Arguments.RowBytes)]);
        c.mov(steps, arguments[nameof(Arguments.Steps)]);
        c.mov(panel, arguments[nameof(Arguments.Panel)]);
        function.Loop(steps, () =>
        {
            c.mov(row, start);
            for (var r = 0; r < 16; r++)
            {
                c.vmovdqu32(z[r], __zmmword_ptr[row]);
                c.add(row, rowBytes);
            }

            // Each quarter gathers a 4 x 4 block of its own.
            for (var r = 0; r < 16; r += 4)
            {
                TurnAssembly.Quarters(c, r, 16);
            }

            // Register 4 g + k holds, in quarter q, rows 4 g to 4 g + 3 of unit 4 q + k: quarters are exchanged.
            const byte low = 0b01_00_01_00;
            const byte high = 0b11_10_11_10;
            const byte even = 0b10_00_10_00;
            const byte odd = 0b11_01_11_01;
            for (var k = 0; k < 4; k++)
            {
                c.vshuff32x4(zmm16, z[k], z[4 + k], low);
                c.vshuff32x4(zmm17, z[k], z[4 + k], high);
                c.vshuff32x4(zmm18, z[8 + k], z[12 + k], low);
                c.vshuff32x4(zmm19, z[8 + k], z[12 + k], high);
                c.vshuff32x4(z[k], zmm16, zmm18, even);
                c.vshuff32x4(z[4 + k], zmm16, zmm18, odd);
                c.vshuff32x4(z[8 + k], zmm17, zmm19, even);
                c.vshuff32x4(z[12 + k], zmm17, zmm19, odd);
            }

            for (var k = 0; k < 16; k++)
            {
                c.vmovdqu32(__zmmword_ptr[panel + k * 64], z[k]);
            }

            c.add(start, 64);
            c.add(panel, Step * 64);
        });
        return function.Finish();
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Steps;
        public byte* Panel;
    }
}
