using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// One row of activations times one or two panels of stored floats as they lie in memory, as decoding needs it: sixteen columns at a
/// time are turned in registers and go into sixteen chains. Two panels take turns, so that the chain of one hides behind
/// the turning of the other.
/// </summary>
/// <param name="Stored">How the weights lie in memory.</param>
/// <param name="Panels">1 or 2.</param>
/// <param name="Pairs">Whether 32 bits are a pair of bfloat16 (and the sixteen columns sixteen pairs) that <c>vdpbf16ps</c> takes.</param>
internal sealed unsafe record FloatRows(StoredFloat Stored, int Panels, bool Pairs)
{
    /// <summary>What is loaded: pairs as the 32 bits they are.</summary>
    public StoredFloat Loaded => Pairs ? StoredFloat.Single : Stored;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul {(Pairs ? "bfloat16 pairs" : "float")} rows of {Stored}, {Panels} panels", Assemble);

    /// <summary>Goes on with the sums of some columns.</summary>
    /// <param name="rows">The first of these columns in row 0.</param>
    /// <param name="rowBytes">Bytes from one row to the next.</param>
    /// <param name="steps">Steps of sixteen columns (or pairs), at least one.</param>
    /// <param name="ahead">How many bytes behind what is read memory is asked for.</param>
    /// <param name="activations">A 32-bit number for each column (or pair).</param>
    /// <param name="y">A sum for each row; read and written.</param>
    public void Run(byte* rows, nint rowBytes, int steps, nint ahead, void* activations, float* y)
    {
        var arguments = new Arguments { Rows = rows, RowBytes = rowBytes, Steps = steps, Ahead = ahead, Activations = activations, Y = y };
        Function.CallBriefly(&arguments);
    }

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        var (start, rowBytes, steps, activations, y, row, ahead) = (rsi, rdx, rcx, r8, r9, r10, r11);
        c.mov(start, __qword_ptr[arguments + Offset(nameof(Arguments.Rows))]);
        c.mov(rowBytes, __qword_ptr[arguments + Offset(nameof(Arguments.RowBytes))]);
        c.mov(ahead, __qword_ptr[arguments + Offset(nameof(Arguments.Ahead))]);
        c.mov(steps, __qword_ptr[arguments + Offset(nameof(Arguments.Steps))]);
        c.mov(activations, __qword_ptr[arguments + Offset(nameof(Arguments.Activations))]);
        c.mov(y, __qword_ptr[arguments + Offset(nameof(Arguments.Y))]);
        for (var panel = 0; panel < Panels; panel++)
        {
            c.vmovups(VectorRegisters.Zmm[30 + panel], __zmmword_ptr[y + panel * 64]);
        }

        function.Loop(steps, () =>
        {
            c.mov(row, start);
            for (var panel = 0; panel < Panels; panel++)
            {
                TurnAssembly.LoadAndTurn(c, Loaded, row, rowBytes, ahead);
                for (var k = 0; k < 16; k++)
                {
                    if (Pairs)
                    {
                        c.vdpbf16ps(VectorRegisters.Zmm[30 + panel], VectorRegisters.Zmm[k], __dword_bcst[activations + k * 4]);
                    }
                    else
                    {
                        c.vfmadd231ps(VectorRegisters.Zmm[30 + panel], VectorRegisters.Zmm[k], __dword_bcst[activations + k * 4]);
                    }
                }
            }

            c.add(start, TurnAssembly.StepBytes(Loaded));
            c.add(activations, 64);
        });
        for (var panel = 0; panel < Panels; panel++)
        {
            c.vmovups(__zmmword_ptr[y + panel * 64], VectorRegisters.Zmm[30 + panel]);
        }

        return function.Finish();
    }

    private static int Offset(string field) => (int)Marshal.OffsetOf<Arguments>(field);

    [StructLayout(LayoutKind.Sequential)]
    private struct Arguments
    {
        public byte* Rows;
        public nint RowBytes;
        public nint Ahead;
        public long Steps;
        public void* Activations;
        public float* Y;
    }
}
