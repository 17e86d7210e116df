using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The inner loop of products of floats where there is no AVX-512, assembled for one number of rows of activations: a register holds four
/// columns of two outputs, eight of them all outputs of the panel.
/// </summary>
/// <remarks>
/// Three rows by half a panel are twelve chains; four registers are left for weights and activations. Four columns cost 4 + 3 loads for 12 fused
/// multiply-adds, two of each a cycle. One row takes the whole panel, since four chains would wait for one another.
/// </remarks>
/// <param name="Rows">Rows of a tile, 1 to 3.</param>
internal sealed record QuadTile256(int Rows) : IRowTile
{
    private const int Unroll = 4;
    private const int Half = MatMulKernel.Panel / 2 * sizeof(float);
    private const int PartBytes = 2 * Half;
    private const int QuadBytes = 4 * PartBytes;

    // Columns of a row of activations that are taken together, in bytes.
    private const int Columns = 4 * sizeof(float);

    private static readonly QuadTile256[] Tiles = [.. Enumerable.Range(1, ThreeRowTiles.Most).Select(rows => new QuadTile256(rows))];
    private static readonly ArgumentsOf<Arguments> Fields = new();
    private static readonly RowAddresses Activations = new([rsi], r8);
    private static readonly RowAddresses Results = new([rbx], rbp);
    private static readonly AssemblerRegister64 Weights = rax;
    private static readonly AssemblerRegister64 Steps = r10;
    private static readonly AssemblerRegister64 Start = r12;
    private static readonly AssemblerRegister64 Left = r13;

    /// <summary>Every tile's function.</summary>
    public static IEnumerable<AssembledFunction> Functions => Tiles.Select(tile => tile.Function);

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function($"matmul float tile {Rows}x16 in 256 bits", Assemble);

    private int Halves => Rows == 1 ? 2 : 1;

    private AssemblerRegisterYMM Weight => VectorRegisters.Ymm[Rows * Halves * 4];

    /// <summary>All rows by a panel; arguments as those of <see cref="IFloatPanel.Rows"/>, whole fours of columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static unsafe void Pass(float* a, nint aStride, float* panel, int columns, float* y, nint yStride, int rows, bool fresh)
    {
        var arguments = new Arguments
        {
            Activations = a,
            ActivationStride = aStride * sizeof(float),
            Weights = panel,
            Results = y,
            ResultStride = yStride * sizeof(float),
            Quads = columns / 4,
            Fresh = fresh ? 1 : 0,
        };
        ThreeRowTiles.Pass<QuadTile256>(Tiles, rows, &arguments, ref arguments.Tiles);
    }

    private AssemblerRegisterYMM Sum(int row, int half, int part) => VectorRegisters.Ymm[(row * Halves + half) * 4 + part];

    private AssemblerRegisterYMM Activation(int row) => VectorRegisters.Ymm[Rows * Halves * 4 + 1 + row];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        c.mov(Start, Fields[nameof(Arguments.Activations)]);
        c.mov(Activations.Stride, Fields[nameof(Arguments.ActivationStride)]);
        c.mov(Results.First, Fields[nameof(Arguments.Results)]);
        c.mov(Results.Stride, Fields[nameof(Arguments.ResultStride)]);
        c.mov(Left, Fields[nameof(Arguments.Tiles)]);
        function.Loop(Left, () =>
        {
            for (var first = 0; first < 2; first += Halves)
            {
                c.mov(Activations.First, Start);
                c.mov(Weights, Fields[nameof(Arguments.Weights)]);
                foreach (var (row, half) in Cells())
                {
                    for (var part = 0; part < 4; part++)
                    {
                        c.vxorps(Sum(row, half, part), Sum(row, half, part), Sum(row, half, part));
                    }
                }

                function.Unrolled(Steps, Fields[nameof(Arguments.Quads)], Unroll, quads => Quads(c, quads, first));
                foreach (var (row, half) in Cells())
                {
                    Finish(c, row, half, Results.At(__ymmword_ptr, row, (first + half) * Half));
                }
            }

            // On to the next tile of rows.
            for (var row = 0; row < Rows; row++)
            {
                c.add(Start, Activations.Stride);
                c.add(Results.First, Results.Stride);
            }
        });
        c.mov(Fields[nameof(Arguments.Activations)], Start);
        c.mov(Fields[nameof(Arguments.Results)], Results.First);
        return function.Finish();
    }

    private void Quads(Assembler c, int quads, int first)
    {
        for (var quad = 0; quad < quads; quad++)
        {
            for (var row = 0; row < Rows; row++)
            {
                c.vbroadcastf128(Activation(row), Activations.At(__xmmword_ptr, row, quad * Columns));
            }

            for (var part = 0; part < 4; part++)
            {
                for (var half = 0; half < Halves; half++)
                {
                    c.vmovups(Weight, __ymmword_ptr[Weights + (quad * QuadBytes + part * PartBytes + (first + half) * Half)]);
                    for (var row = 0; row < Rows; row++)
                    {
                        c.vfmadd231ps(Sum(row, half, part), Weight, Activation(row));
                    }
                }
            }
        }

        c.add(Activations.First, quads * Columns);
        c.add(Weights, quads * QuadBytes);
    }

    // The chains of eight outputs are added up, and the sum to what the results hold.
    private void Finish(Assembler c, int row, int half, AssemblerMemoryOperand results)
    {
        var sum = Sum(row, half, 0);
        Pair(c, sum, Sum(row, half, 1));
        Pair(c, Sum(row, half, 2), Sum(row, half, 3));
        Pair(c, sum, Sum(row, half, 2));
        var fresh = c.CreateLabel();
        c.cmp(Fields[nameof(Arguments.Fresh)], 0);
        c.jne(fresh);
        c.vaddps(sum, sum, results);
        c.Label(ref fresh);
        c.vmovups(results, sum);
    }

    private void Pair(Assembler c, AssemblerRegisterYMM a, AssemblerRegisterYMM b)
    {
        c.vshufps(Weight, a, b, 0b10_00_10_00);
        c.vshufps(a, a, b, 0b11_01_11_01);
        c.vaddps(a, Weight, a);
    }

    private IEnumerable<(int Row, int Half)> Cells() =>
        from row in Enumerable.Range(0, Rows) from half in Enumerable.Range(0, Halves) select (row, half);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Arguments
    {
        public float* Activations;
        public nint ActivationStride;
        public float* Weights;
        public float* Results;
        public nint ResultStride;
        public long Quads;
        public long Tiles;
        public long Fresh;
    }
}
