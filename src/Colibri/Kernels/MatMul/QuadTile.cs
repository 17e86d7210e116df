using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What a <see cref="QuadTile"/> reads.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct QuadTileArguments
{
    /// <summary>Activations of the first row, at the stretch's first column: 32 bits a column (or pair), whole fours of them.</summary>
    public void* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The panel, as <see cref="QuadPanel"/> makes it.</summary>
    public void* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Fours of columns (or pairs), at least one.</summary>
    public long Quads;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where this is the first stretch, 0 where sums are added to what the results hold.</summary>
    public long Fresh;

    /// <summary>What is added to finished sums.</summary>
    public TileAddends Addends;

    /// <summary>Which of sixteen outputs exist.</summary>
    public ushort Mask;
}

/// <summary>
/// The inner loop of products of floats, assembled for one shape: some rows of activations times a panel. A register holds four
/// columns of four outputs, four of them all outputs of the panel.
/// </summary>
/// <remarks>
/// Six rows by four registers are 24 accumulators; four registers of weights and three of activations are 31 of 32. Four
/// columns cost 4 + 6 loads for 24 fused multiply-adds, two of each a cycle.
/// </remarks>
/// <param name="Rows">Rows of a tile, 1 to 6.</param>
/// <param name="Pairs">Whether 32 bits are a pair of bfloat16 that <c>vdpbf16ps</c> multiplies, instead of a float32.</param>
internal sealed record QuadTile(int Rows, bool Pairs)
{
    /// <summary>Most rows of a tile.</summary>
    public const int MostRows = 6;

    /// <summary>Bytes of a panel of a whole stretch.</summary>
    public const int PanelBytes = MatMulKernel.Stretch * MatMulKernel.Panel * sizeof(float);

    private const int Unroll = 4;
    private const int QuadBytes = 16;

    private static readonly ArgumentsOf<QuadTileArguments> Arguments = new();
    private static readonly RowAddresses Activations = new([rsi, r8], rax);
    private static readonly AssemblerRegister64 Weights = rcx;
    private static readonly AssemblerRegister64 Steps = r10;
    private static readonly AssemblerRegister64 Y = rbx;
    private static readonly AssemblerRegister64 YStride = rbp;
    private static readonly AssemblerRegister64 Start = r12;
    private static readonly AssemblerRegister64 Tiles = r13;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul {(Pairs ? "bfloat16 pairs" : "float")} tile {Rows}x16", Assemble);

    /// <summary>A tile for every number of rows.</summary>
    public static QuadTile[] All(bool pairs) => [.. Enumerable.Range(1, MostRows).Select(rows => new QuadTile(rows, pairs))];

    /// <summary>All rows by the panel: as few tiles as do it, none much smaller than the others.</summary>
    /// <param name="tiles">What <see cref="All"/> gave.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="arguments">Everything but the tiles.</param>
    public static unsafe void Pass(QuadTile[] tiles, int rows, QuadTileArguments arguments)
    {
        var (whole, rest) = (rows / MostRows, rows % MostRows);
        if (rest is 1 or 2 && whole > 0)
        {
            whole--;
            rest += MostRows;
        }

        Some(tiles, ref arguments, MostRows, whole);
        if (rest > MostRows)
        {
            Some(tiles, ref arguments, rest / 2, 1);
            rest -= rest / 2;
        }

        Some(tiles, ref arguments, rest, 1);
    }

    private static unsafe void Some(QuadTile[] tiles, ref QuadTileArguments arguments, int rows, int count)
    {
        if (rows == 0 || count == 0)
        {
            return;
        }

        arguments.Tiles = count;
        fixed (QuadTileArguments* pointer = &arguments)
        {
            tiles[rows - 1].Function.Call(pointer);
        }

        arguments.Activations = (byte*)arguments.Activations + (nint)rows * count * arguments.ActivationStride;
        arguments.Results = (float*)((byte*)arguments.Results + (nint)rows * count * arguments.ResultStride);
    }

    private static AssemblerRegisterZMM Sum(int row, int part) => VectorRegisters.Zmm[row * 4 + part];

    private static AssemblerRegisterZMM Weight(int part) => VectorRegisters.Zmm[24 + part];

    private static AssemblerRegisterZMM Activation(int row) => VectorRegisters.Zmm[28 + row % 3];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        c.mov(Start, Arguments[nameof(QuadTileArguments.Activations)]);
        c.mov(Activations.Stride, Arguments[nameof(QuadTileArguments.ActivationStride)]);
        c.mov(Y, Arguments[nameof(QuadTileArguments.Results)]);
        c.mov(YStride, Arguments[nameof(QuadTileArguments.ResultStride)]);
        c.mov(Tiles, Arguments[nameof(QuadTileArguments.Tiles)]);
        c.kmovw(k1, Arguments[nameof(QuadTileArguments.Mask)]);
        function.Loop(Tiles, () =>
        {
            Begin(c);
            function.Unrolled(Steps, Arguments[nameof(QuadTileArguments.Quads)], Unroll, quads => Quads(c, quads));
            End(c);
        });
        return function.Finish();
    }

    private void Begin(Assembler c)
    {
        c.mov(Activations.First, Start);
        if (Rows > 3)
        {
            Activations.ReachFourth(c, Start);
        }

        c.mov(Weights, Arguments[nameof(QuadTileArguments.Weights)]);
        for (var i = 0; i < Rows * 4; i++)
        {
            c.vpxord(VectorRegisters.Zmm[i], VectorRegisters.Zmm[i], VectorRegisters.Zmm[i]);
        }
    }

    // Some fours of columns (or pairs).
    private void Quads(Assembler c, int quads)
    {
        for (var quad = 0; quad < quads; quad++)
        {
            for (var part = 0; part < 4; part++)
            {
                c.vmovups(Weight(part), __zmmword_ptr[Weights + (quad * 256 + part * 64)]);
            }

            for (var row = 0; row < Rows; row++)
            {
                c.vbroadcastf32x4(Activation(row), Activations.At(__xmmword_ptr, row, quad * QuadBytes));
                for (var part = 0; part < 4; part++)
                {
                    QuadAssembly.MultiplyAdd(c, Pairs, Sum(row, part), Weight(part), Activation(row));
                }
            }
        }

        Activations.Advance(c, Rows, quads * QuadBytes);
        c.add(Weights, quads * 256);
    }

    private void End(Assembler c)
    {
        for (var row = 0; row < Rows; row++)
        {
            QuadAssembly.SumQuarters(c, Sum(row, 0), Sum(row, 1), Sum(row, 2), Sum(row, 3), Weight(row % 4));
        }

        var fresh = c.CreateLabel();
        c.cmp(Arguments[nameof(QuadTileArguments.Fresh)], 0);
        c.jne(fresh);
        c.mov(Steps, Y);
        for (var row = 0; row < Rows; row++)
        {
            c.vmovups(Weight(row % 4).k1.z, __zmmword_ptr[Steps]);
            c.vaddps(Sum(row, 0), Weight(row % 4), Sum(row, 0));
            c.add(Steps, YStride);
        }

        c.Label(ref fresh);
        TileEnd.Add(c, Rows, 1, (row, _) => Sum(row, 0), Weight, (Steps, Weights), Arguments.Part<TileAddends>(nameof(QuadTileArguments.Addends)));
        TileEnd.Store(c, Rows, 1, (row, _) => Sum(row, 0), (Y, YStride), (Start, Activations.Stride));
    }
}
