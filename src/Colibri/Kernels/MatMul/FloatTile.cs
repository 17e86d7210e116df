using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What a <see cref="FloatTile"/> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct FloatTileArguments
{
    /// <summary>Activations of the first row, at the stretch's first column: 32 bits a column (or pair).</summary>
    public void* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The first panel: sixteen 32-bit values a column (or pair).</summary>
    public void* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Columns (or pairs), at least one.</summary>
    public long Depth;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where sums start at zero, 0 where they go on from what the results hold.</summary>
    public long Fresh;

    /// <summary>Which of sixteen outputs of the first panel exist.</summary>
    public ushort Mask0;

    /// <summary>Which of sixteen outputs of the second panel exist.</summary>
    public ushort Mask1;
}

/// <summary>
/// The inner loop of the float32 product, assembled for one shape: some rows of activations times one or two panels, a fused
/// multiply-add chain for each output, columns ascending. The same with pairs of bfloat16 and <c>vdpbf16ps</c>.
/// </summary>
/// <remarks>
/// Why 12 rows by 2 panels: 24 accumulators, two registers of weights and three of activations are 29 of 32; a column costs
/// 14 loads for 24 multiply-adds, 7 cycles beside 12.
/// </remarks>
/// <param name="Rows">Rows of a tile, 1 to 12.</param>
/// <param name="Panels">1 or 2.</param>
/// <param name="Pairs">Whether values are pairs of bfloat16.</param>
internal sealed record FloatTile(int Rows, int Panels, bool Pairs)
{
    /// <summary>Most rows of a tile.</summary>
    public const int MostRows = 12;

    /// <summary>Most columns (or pairs) in one call.</summary>
    public const int Depth = 256;

    /// <summary>Bytes from one panel to the next.</summary>
    public const int PanelBytes = Depth * MatMulKernel.Panel * sizeof(float);

    private const int Unroll = 4;

    private static readonly AssemblerRegister64[] Bases = [rsi, r8, r9, r10];
    private static readonly AssemblerRegister64 Stride = rax;
    private static readonly AssemblerRegister64 Weights = rcx;
    private static readonly AssemblerRegister64 Steps = rdx;
    private static readonly AssemblerRegister64 Y = rbx;
    private static readonly AssemblerRegister64 YStride = rbp;
    private static readonly AssemblerRegister64 Start = r12;
    private static readonly AssemblerRegister64 Tiles = r13;
    private static readonly AssemblerRegister64 Place = r14;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul {(Pairs ? "bfloat16 pairs" : "float")} tile {Rows}x{Panels * 16}", Assemble);

    private AssemblerRegisterZMM Sum(int row, int panel) => VectorRegisters.Zmm[row * Panels + panel];

    private static AssemblerRegisterZMM Weight(int panel) => VectorRegisters.Zmm[24 + panel];

    private static AssemblerRegisterZMM Activation(int row) => VectorRegisters.Zmm[26 + row % 3];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = FunctionAssembler.Arguments;
        c.mov(Start, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.Activations))]);
        c.mov(Stride, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.ActivationStride))]);
        c.mov(Y, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.Results))]);
        c.mov(YStride, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.ResultStride))]);
        c.mov(Tiles, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.Tiles))]);
        c.kmovw(k1, __word_ptr[arguments + Offset(nameof(FloatTileArguments.Mask0))]);
        c.kmovw(k2, __word_ptr[arguments + Offset(nameof(FloatTileArguments.Mask1))]);
        function.Loop(Tiles, () =>
        {
            Begin(c, arguments);
            Columns(function, arguments, Unroll);
            Columns(function, arguments, 1);
            End(c);
        });
        return function.Finish();
    }

    private void Begin(Assembler c, AssemblerRegister64 arguments)
    {
        c.mov(Bases[0], Start);
        c.lea(Place, __[Stride + Stride * 2]);
        for (var i = 1; i < (Rows + 2) / 3; i++)
        {
            c.lea(Bases[i], __[Bases[i - 1] + Place]);
        }

        c.mov(Weights, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.Weights))]);
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vpxord(Sum(row, panel), Sum(row, panel), Sum(row, panel));
            }
        }

        var begun = c.CreateLabel();
        c.cmp(__qword_ptr[arguments + Offset(nameof(FloatTileArguments.Fresh))], 0);
        c.jne(begun);
        c.mov(Place, Y);
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmovups(Sum(row, panel).k(panel).z, __zmmword_ptr[Place + panel * 64]);
            }

            c.add(Place, YStride);
        }

        c.Label(ref begun);
        c.nop();
    }

    // As many columns as fit the unrolled loop, or those that are left of it.
    private void Columns(FunctionAssembler function, AssemblerRegister64 arguments, int unroll)
    {
        var c = function.Code;
        var done = c.CreateLabel();
        c.mov(Steps, __qword_ptr[arguments + Offset(nameof(FloatTileArguments.Depth))]);
        if (unroll > 1)
        {
            c.shr(Steps, 2);
        }
        else
        {
            c.and(Steps, Unroll - 1);
        }

        c.jz(done);
        function.Loop(Steps, () =>
        {
            for (var k = 0; k < unroll; k++)
            {
                for (var panel = 0; panel < Panels; panel++)
                {
                    c.vmovups(Weight(panel), __zmmword_ptr[Weights + (panel * PanelBytes + k * 64)]);
                }

                for (var row = 0; row < Rows; row++)
                {
                    c.vbroadcastss(Activation(row), ActivationAt(row, k * 4));
                    for (var panel = 0; panel < Panels; panel++)
                    {
                        if (Pairs)
                        {
                            c.vdpbf16ps(Sum(row, panel), Weight(panel), Activation(row));
                        }
                        else
                        {
                            c.vfmadd231ps(Sum(row, panel), Weight(panel), Activation(row));
                        }
                    }
                }
            }

            for (var i = 0; i < (Rows + 2) / 3; i++)
            {
                c.add(Bases[i], unroll * 4);
            }

            c.add(Weights, unroll * 64);
        });
        c.Label(ref done);
        c.nop();
    }

    private void End(Assembler c)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmovups(__zmmword_ptr[Y + panel * 64].k(panel), Sum(row, panel));
            }

            c.add(Y, YStride);
            c.add(Start, Stride);
        }
    }

    private static AssemblerMemoryOperand ActivationAt(int row, int offset) => (row % 3) switch
    {
        0 => __dword_ptr[Bases[row / 3] + offset],
        1 => __dword_ptr[Bases[row / 3] + Stride + offset],
        _ => __dword_ptr[Bases[row / 3] + Stride * 2 + offset],
    };

    private static int Offset(string field) => (int)Marshal.OffsetOf<FloatTileArguments>(field);
}
