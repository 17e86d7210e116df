using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What an <see cref="IntegerTile256"/> reads; it moves on with the tiles.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IntegerTile256Arguments
{
    /// <summary>Activations of the first row, at the stretch's first column: 8 bits each, or 16 (<see cref="TileProduct256.Shorts"/>).</summary>
    public byte* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>The first row's scales of the activations, one for each 32 columns.</summary>
    public float* Scales;

    /// <summary>Bytes from one row of scales to the next.</summary>
    public nint ScaleStride;

    /// <summary>The first row's terms (<see cref="IntegerTile256"/>).</summary>
    public int* Terms;

    /// <summary>Bytes from one row of terms to the next.</summary>
    public nint TermStride;

    /// <summary>The unpacked panel.</summary>
    public byte* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Blocks of 32 columns, at least one.</summary>
    public long Blocks;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where sums start at zero, 0 where they go on from what the results hold.</summary>
    public long Fresh;

    /// <summary>Memory that will be read next: some of it is asked for in each block.</summary>
    public byte* Ahead;

    /// <summary>How far the place that is asked for moves on with each block, in bytes: at most <see cref="IntegerTile256.AskedBytes"/>.</summary>
    public nint AheadStep;

    /// <summary>Two ones of 16 bits.</summary>
    public int Ones;

    /// <summary>Where sums wait.</summary>
    public fixed byte Room[ThreeRowTiles.Most * 64];
}

/// <summary>How a tile of 256-bit registers multiplies.</summary>
internal enum TileProduct256
{
    /// <summary>
    /// <c>vpmaddubsw</c> adds two products in 16 bits, and integers of few bits let several such sums be added there before
    /// <c>vpmaddwd</c> widens them.
    /// </summary>
    Words,

    /// <summary>For integers of eight bits: both sides are widened to 16 bits and multiplied by <c>vpmaddwd</c>, two columns at a time.</summary>
    Shorts,

    /// <summary><c>vpdpbusd</c> of AVX-VNNI does four columns at a time.</summary>
    Dots,
}

/// <summary>
/// The inner loop of the integer product where there is no AVX-512, assembled for one shape: up to three rows of activations times an
/// unpacked panel. Sixteen outputs are two registers.
/// </summary>
/// <remarks>
/// Three rows need all sixteen registers: six of sums, six of results, two of weights, an activation and a product. A group of 32 columns of
/// 4 bits and a row are 16 products, as many additions in 16 bits, and 10 operations more beside loads: 12 multiplications an operation, of
/// which Zen 4 does 3.1 a cycle. Where an offset is subtracted from the weights, sums begin at what it takes away, each half of a sum at its
/// own part: so far, and at every moment, they are those of the signed integers, which need a bit less than the unsigned ones.
/// </remarks>
/// <param name="Product">How integers are multiplied.</param>
/// <param name="GroupSize">Columns that share a scale: 16 or 32.</param>
/// <param name="Chain">Of <see cref="TileProduct256.Words"/>: how many sums of two products are added in 16 bits, a divisor of the quarter of a group.</param>
/// <param name="HasCorrections">Whether sums begin at a row's terms, one for each group; only with sums that are not widened within a group.</param>
/// <param name="HasMinimums">Whether groups have a minimum; it is multiplied by a row's terms, one for each group.</param>
/// <param name="Rows">Rows of a tile, 1 to 3.</param>
internal sealed record IntegerTile256(TileProduct256 Product, int GroupSize, int Chain, bool HasCorrections, bool HasMinimums, int Rows) : IRowTile
{
    /// <summary>Most columns in one call.</summary>
    public const int Depth = 512;

    /// <summary>Bytes that are asked for in each block: with four rows, half as much would leave much of Q6_K's and Q8_0's to be asked for at once.</summary>
    public const int AskedBytes = 4 * 64;

    private const int Block = QuantizeKernel.Block;
    private const int Panel = MatMulKernel.Panel;
    private const int Half = Panel / 2 * sizeof(float);
    private const int ScaleBytes = Panel * sizeof(float);

    private static readonly ArgumentsOf<IntegerTile256Arguments> Arguments = new();

    // General registers.
    private static readonly RowAddresses Activations = new([rsi], r8);
    private static readonly RowAddresses Scales = new([rdx], r9);
    private static readonly RowAddresses Terms = new([rcx], r10);
    private static readonly RowAddresses Results = new([rbx], rbp);
    private static readonly AssemblerRegister64 Weights = rax;
    private static readonly AssemblerRegister64 WeightScales = r11;
    private static readonly AssemblerRegister64 Blocks = r12;
    private static readonly AssemblerRegister64 Tiles = r13;
    private static readonly AssemblerRegister64 Ahead = r14;

    /// <summary>Bytes of an integer, of weights and of activations.</summary>
    public int IntegerBytes => Product == TileProduct256.Shorts ? sizeof(short) : 1;

    /// <summary>Bytes from the integers of a panel to its scales.</summary>
    public int ScalesAt => Depth * Panel * IntegerBytes;

    /// <summary>Bytes from the integers of a panel to its minimums.</summary>
    public int MinimumsAt => ScalesAt + Depth / 16 * ScaleBytes;

    /// <summary>Bytes of an unpacked panel.</summary>
    public int PanelBytes => MinimumsAt + Depth / 16 * ScaleBytes;

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul int8 tile {Rows}x16 of {Product} group {GroupSize} chain {Chain}{(HasCorrections ? " offset" : "")}{(HasMinimums ? " minimums" : "")}", Assemble);

    // Columns that a product takes, and of them so many of a group.
    private int ColumnsAtOnce => Product == TileProduct256.Shorts ? 2 : 4;

    private int Steps => GroupSize / ColumnsAtOnce;

    private bool Widens => Product == TileProduct256.Words;

    private static AssemblerRegisterYMM Sum(int row, int half) => VectorRegisters.Ymm[row * 2 + half];

    private AssemblerRegisterYMM Result(int row, int half) => VectorRegisters.Ymm[2 * Rows + row * 2 + half];

    private AssemblerRegisterYMM Weight(int half) => VectorRegisters.Ymm[4 * Rows + half];

    // An activation, or the product of the second half.
    private AssemblerRegisterYMM Activation => VectorRegisters.Ymm[4 * Rows + 2];

    private AssemblerRegisterYMM Other => VectorRegisters.Ymm[4 * Rows + 3];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        c.mov(Activations.Stride, Arguments[nameof(IntegerTile256Arguments.ActivationStride)]);
        c.mov(Scales.Stride, Arguments[nameof(IntegerTile256Arguments.ScaleStride)]);
        c.mov(Terms.Stride, Arguments[nameof(IntegerTile256Arguments.TermStride)]);
        c.mov(Results.Stride, Arguments[nameof(IntegerTile256Arguments.ResultStride)]);
        c.mov(Tiles, Arguments[nameof(IntegerTile256Arguments.Tiles)]);
        c.mov(Ahead, Arguments[nameof(IntegerTile256Arguments.Ahead)]);
        function.Loop(Tiles, () =>
        {
            Begin(c);
            function.Loop(Blocks, () =>
            {
                FunctionAssembler.WeaveAhead(c, Groups, Ahead, AskedBytes / 64, near: false);
                c.add(Ahead, Arguments[nameof(IntegerTile256Arguments.AheadStep)]);
                c.add(Activations.First, Block * IntegerBytes);
                c.add(Scales.First, sizeof(float));
                c.add(Terms.First, Block / GroupSize * sizeof(int));
                c.add(Weights, Block * Panel * IntegerBytes);
                c.add(WeightScales, Block / GroupSize * ScaleBytes);
            });
            Finish(c);
        });
        c.mov(Arguments[nameof(IntegerTile256Arguments.Ahead)], Ahead);
        return function.Finish();
    }

    private void Begin(Assembler c)
    {
        c.mov(Activations.First, Arguments[nameof(IntegerTile256Arguments.Activations)]);
        c.mov(Scales.First, Arguments[nameof(IntegerTile256Arguments.Scales)]);
        c.mov(Terms.First, Arguments[nameof(IntegerTile256Arguments.Terms)]);
        c.mov(Results.First, Arguments[nameof(IntegerTile256Arguments.Results)]);
        c.mov(Weights, Arguments[nameof(IntegerTile256Arguments.Weights)]);
        c.lea(WeightScales, __[Weights + ScalesAt]);
        c.mov(Blocks, Arguments[nameof(IntegerTile256Arguments.Blocks)]);
        var goesOn = c.CreateLabel();
        var begun = c.CreateLabel();
        c.cmp(Arguments[nameof(IntegerTile256Arguments.Fresh)], 0);
        c.je(goesOn);
        foreach (var (row, half) in Cells())
        {
            c.vxorps(Result(row, half), Result(row, half), Result(row, half));
        }

        c.jmp(begun);
        c.Label(ref goesOn);
        foreach (var (row, half) in Cells())
        {
            c.vmovups(Result(row, half), Results.At(__ymmword_ptr, row, half * Half));
        }

        c.Label(ref begun);
        c.nop();
    }

    private void Groups(Assembler c)
    {
        for (var group = 0; group < Block / GroupSize; group++)
        {
            Products(c, group);
            End(c, group);
        }
    }

    // A group's exact sums; where they are widened within the group, those of what came before wait in memory.
    private void Products(Assembler c, int group)
    {
        for (var row = 0; row < Rows && HasCorrections; row++)
        {
            c.vpbroadcastd(Sum(row, 0), Terms.At(__dword_ptr, row, group * sizeof(int)));
            c.vmovdqa(Sum(row, 1), Sum(row, 0));
        }

        for (var step = 0; step < Steps; step++)
        {
            var place = group * Steps + step;
            for (var half = 0; half < 2; half++)
            {
                c.vmovdqu(Weight(half), __ymmword_ptr[Weights + (place * 2 + half) * Half]);
            }

            var begins = !HasCorrections && step % (Widens ? Chain : Steps) == 0;
            for (var row = 0; row < Rows; row++)
            {
                c.vpbroadcastd(Activation, Activations.At(__dword_ptr, row, place * 4));
                MultiplyAdd(c, row, begins);
            }

            if (Widens && (step + 1) % Chain == 0)
            {
                Widen(c, step + 1 == Chain, step + 1 == Steps);
            }
        }
    }

    private void MultiplyAdd(Assembler c, int row, bool begins)
    {
        if (Product == TileProduct256.Dots)
        {
            for (var half = 0; half < 2; half++)
            {
                if (begins)
                {
                    c.vpxor(Sum(row, half), Sum(row, half), Sum(row, half));
                }

                c.vpdpbusd(Sum(row, half), Weight(half), Activation);
            }

            return;
        }

        Multiply(c, begins ? Sum(row, 0) : Other, Weight(0));
        Multiply(c, begins ? Sum(row, 1) : Activation, Weight(1));
        for (var half = 0; half < 2 && !begins; half++)
        {
            var product = half == 0 ? Other : Activation;
            if (Widens)
            {
                c.vpaddw(Sum(row, half), Sum(row, half), product);
            }
            else
            {
                c.vpaddd(Sum(row, half), Sum(row, half), product);
            }
        }
    }

    private void Multiply(Assembler c, AssemblerRegisterYMM product, AssemblerRegisterYMM weight)
    {
        if (Widens)
        {
            c.vpmaddubsw(product, weight, Activation);
        }
        else
        {
            c.vpmaddwd(product, weight, Activation);
        }
    }

    private void Widen(Assembler c, bool first, bool last)
    {
        var ones = Weight(0);
        c.vpbroadcastd(ones, Arguments[nameof(IntegerTile256Arguments.Ones)]);
        var room = Arguments.Place(nameof(IntegerTile256Arguments.Room));
        foreach (var (row, half) in Cells())
        {
            var (sum, waiting) = (Sum(row, half), room.At(__ymmword_ptr, (row * 2 + half) * Half));
            c.vpmaddwd(sum, sum, ones);
            if (!first)
            {
                c.vpaddd(sum, sum, waiting);
            }

            if (!last)
            {
                c.vmovdqu(waiting, sum);
            }
        }
    }

    // A fused multiply-add for each output, and one for its minimum.
    private void End(Assembler c, int group)
    {
        Load(c, group, 0);
        for (var row = 0; row < Rows; row++)
        {
            c.vbroadcastss(Activation, Scales.At(__dword_ptr, row, 0));
            for (var half = 0; half < 2; half++)
            {
                var scale = half == 0 ? Other : Activation;
                c.vmulps(scale, Activation, Weight(half));
                c.vcvtdq2ps(Sum(row, half), Sum(row, half));
                c.vfmadd231ps(Result(row, half), Sum(row, half), scale);
            }
        }

        if (!HasMinimums)
        {
            return;
        }

        Load(c, group, MinimumsAt - ScalesAt);
        for (var row = 0; row < Rows; row++)
        {
            c.vbroadcastss(Activation, Terms.At(__dword_ptr, row, group * sizeof(float)));
            for (var half = 0; half < 2; half++)
            {
                c.vfmadd231ps(Result(row, half), Weight(half), Activation);
            }
        }
    }

    private void Load(Assembler c, int group, int offset)
    {
        for (var half = 0; half < 2; half++)
        {
            c.vmovups(Weight(half), __ymmword_ptr[WeightScales + (offset + group * ScaleBytes + half * Half)]);
        }
    }

    private void Finish(Assembler c)
    {
        foreach (var (row, half) in Cells())
        {
            c.vmovups(Results.At(__ymmword_ptr, row, half * Half), Result(row, half));
        }

        // On to the next tile of rows.
        foreach (var (field, stride) in new[]
        {
            (nameof(IntegerTile256Arguments.Activations), Activations.Stride),
            (nameof(IntegerTile256Arguments.Scales), Scales.Stride),
            (nameof(IntegerTile256Arguments.Terms), Terms.Stride),
            (nameof(IntegerTile256Arguments.Results), Results.Stride),
        })
        {
            for (var row = 0; row < Rows; row++)
            {
                c.add(Arguments[field], stride);
            }
        }
    }

    private IEnumerable<(int Row, int Half)> Cells() =>
        from row in Enumerable.Range(0, Rows) from half in Enumerable.Range(0, 2) select (row, half);
}
