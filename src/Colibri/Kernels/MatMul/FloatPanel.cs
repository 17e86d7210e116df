using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>Turns sixteen rows of stored floats into a panel: [columns, 16] float32.</summary>
/// <param name="Stored">How the rows lie in memory.</param>
internal sealed unsafe record FloatPanel(StoredFloat Stored)
{
    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"panel of {Stored}", Assemble);

    /// <summary>Turns a multiple of sixteen columns, at least sixteen.</summary>
    /// <param name="rows">The first column of row 0; all sixteen rows exist.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="panel">Receives columns * 16 values.</param>
    public void Turn(byte* rows, nint rowBytes, int columns, float* panel)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Steps = columns / 16, Panel = panel };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        var (start, rowBytes, steps, panel, row) = (rsi, rdx, rcx, r8, r9);
        c.mov(start, __qword_ptr[arguments + Offset(nameof(Arguments.Rows))]);
        c.mov(rowBytes, __qword_ptr[arguments + Offset(nameof(Arguments.RowBytes))]);
        c.mov(steps, __qword_ptr[arguments + Offset(nameof(Arguments.Steps))]);
        c.mov(panel, __qword_ptr[arguments + Offset(nameof(Arguments.Panel))]);
        function.Loop(steps, () =>
        {
            c.mov(row, start);
            TurnAssembly.LoadAndTurn(c, Stored, row, rowBytes);
            for (var k = 0; k < 16; k++)
            {
                c.vmovups(__zmmword_ptr[panel + k * 64], VectorRegisters.Zmm[k]);
            }

            c.add(start, TurnAssembly.StepBytes(Stored));
            c.add(panel, 16 * 64);
        });
        return function.Finish();
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<Arguments>(field);

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public long Steps;
        public float* Panel;
    }
}
