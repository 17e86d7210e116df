using System.Runtime.CompilerServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The inner loop of the product of bytes, assembled for one shape: some rows of unsigned activations times one or two panels of
/// signed weights, in units of four columns (<c>vpdpbusd</c>). Sums are 32-bit integers, kept as such in the results between
/// stretches of columns; the last stretch leaves float32 (<see cref="ChannelFinish"/>).
/// </summary>
/// <remarks>
/// Why 12 rows by 2 panels: 24 accumulators, two registers of weights and three of activations are 29 of 32; four columns
/// cost 14 loads for 24 products, 7 cycles beside 12.
/// </remarks>
/// <param name="Rows">Rows of a tile, 1 to 12.</param>
/// <param name="Panels">1 or 2.</param>
internal sealed record ChannelTile(int Rows, int Panels)
{
    /// <summary>Most rows of a tile.</summary>
    public const int MostRows = 12;

    /// <summary>Most units in one call.</summary>
    public const int Depth = 256;

    /// <summary>Bytes from one panel to the next.</summary>
    public const int PanelBytes = Depth * MatMulKernel.Panel * sizeof(float);

    private const int Unroll = 4;

    // One tile of 2048 columns has 128 steps for 64 KiB of the next panels.
    private const int LinesAhead = 8;

    private static readonly ArgumentsOf<ChannelTileArguments> Arguments = new();
    private static readonly RowAddresses Activations = new([rsi, r8, r9, r10], rax);
    private static readonly AssemblerRegister64 Weights = rcx;
    private static readonly AssemblerRegister64 Steps = rdx;
    private static readonly AssemblerRegister64 Y = rbx;
    private static readonly AssemblerRegister64 YStride = rbp;
    private static readonly AssemblerRegister64 Start = r12;
    private static readonly AssemblerRegister64 Tiles = r13;
    private static readonly AssemblerRegister64 Place = r14;
    private static readonly AssemblerRegister64 Ahead = r15;
    private static readonly AssemblerRegister64 Tokens = r11;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul int8 channel tile {Rows}x{Panels * 16}", Assemble);

    private AssemblerRegisterZMM Sum(int row, int panel) => VectorRegisters.Zmm[row * Panels + panel];

    private static AssemblerRegisterZMM Weight(int panel) => VectorRegisters.Zmm[24 + panel];

    private static AssemblerRegisterZMM Activation(int row) => VectorRegisters.Zmm[26 + row % 3];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        c.mov(Start, Arguments[nameof(ChannelTileArguments.Activations)]);
        c.mov(Activations.Stride, Arguments[nameof(ChannelTileArguments.ActivationStride)]);
        c.mov(Y, Arguments[nameof(ChannelTileArguments.Results)]);
        c.mov(YStride, Arguments[nameof(ChannelTileArguments.ResultStride)]);
        c.mov(Tiles, Arguments[nameof(ChannelTileArguments.Tiles)]);
        c.kmovw(k1, Arguments[nameof(ChannelTileArguments.Mask0)]);
        c.kmovw(k2, Arguments[nameof(ChannelTileArguments.Mask1)]);
        c.mov(Ahead, Arguments[nameof(ChannelTileArguments.Ahead)]);
        c.mov(Tokens, Arguments[nameof(ChannelTileArguments.Tokens)]);
        function.Loop(Tiles, () =>
        {
            Begin(c);
            function.Unrolled(Steps, Arguments[nameof(ChannelTileArguments.Depth)], Unroll, units => Columns(c, units));
            Dequantize(c);
            TileEnd.Store(c, Rows, Panels, Sum, (Y, YStride), (Start, Activations.Stride));
        });
        return function.Finish();
    }

    private void Begin(Assembler c)
    {
        c.mov(Activations.First, Start);
        c.lea(Place, __[Activations.Stride + Activations.Stride * 2]);
        for (var i = 1; i < (Rows + 2) / 3; i++)
        {
            c.lea(Activations.Bases[i], __[Activations.Bases[i - 1] + Place]);
        }

        c.mov(Weights, Arguments[nameof(ChannelTileArguments.Weights)]);
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vpxord(Sum(row, panel), Sum(row, panel), Sum(row, panel));
            }
        }

        var begun = c.CreateLabel();
        c.cmp(Arguments[nameof(ChannelTileArguments.Fresh)], 0);
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

    // Some units of four columns; while there are several at a time, memory is asked for.
    private void Columns(Assembler c, int units)
    {
        for (var k = 0; k < units; k++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmovups(Weight(panel), __zmmword_ptr[Weights + (panel * PanelBytes + k * 64)]);
            }

            for (var row = 0; row < Rows; row++)
            {
                c.vbroadcastss(Activation(row), Activations.At(__dword_ptr, row, k * 4));
                for (var panel = 0; panel < Panels; panel++)
                {
                    c.vpdpbusd(Sum(row, panel), Activation(row), Weight(panel));
                }
            }
        }

        Activations.Advance(c, Rows, units * 4);
        c.add(Weights, units * 64);
        if (units > 1)
        {
            AskAhead(c);
        }
    }

    private static void AskAhead(Assembler c)
    {
        for (var line = 0; line < LinesAhead; line++)
        {
            c.prefetcht0(__byte_ptr[Ahead + line * 64]);
        }

        c.add(Ahead, Arguments[nameof(ChannelTileArguments.AheadStep)]);
    }

    // Behind the last stretch of columns.
    private void Dequantize(Assembler c)
    {
        var goesOn = c.CreateLabel();
        c.mov(Place, Arguments[nameof(ChannelTileArguments.Sums)]);
        c.test(Place, Place);
        c.jz(goesOn);
        c.mov(Weights, Arguments[nameof(ChannelTileArguments.Scales)]);
        for (var panel = 0; panel < Panels; panel++)
        {
            c.vmovdqu32(zmm24, __zmmword_ptr[Place + panel * 64]);
            c.vmovups(zmm25, __zmmword_ptr[Weights + panel * 64]);
            for (var row = 0; row < Rows; row++)
            {
                ChannelFinish.Emit(c, Sum(row, panel), zmm24, zmm25, Tokens, row, zmm26, zmm27);
            }
        }

        TileEnd.Add(c, Rows, Panels, Sum, Weight, (Place, Steps), Arguments.Part<TileAddends>(nameof(ChannelTileArguments.Addends)));
        c.add(Tokens, Rows * Unsafe.SizeOf<TokenScale>());
        c.Label(ref goesOn);
        c.nop();
    }
}
