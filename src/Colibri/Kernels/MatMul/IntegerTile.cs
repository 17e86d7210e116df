using System.Runtime.InteropServices;
using Colibri.Kernels.Assembly;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>What an <see cref="IntegerTile"/> reads; offsets are part of the generated code.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IntegerTileArguments
{
    /// <summary>8-bit activations of the first row, at the stretch's first column.</summary>
    public sbyte* Activations;

    /// <summary>Bytes from one row of activations to the next.</summary>
    public nint ActivationStride;

    /// <summary>Factors of the first row (<see cref="IntegerTile"/>).</summary>
    public byte* Factors;

    /// <summary>Unpacked weights of the first panel.</summary>
    public byte* Weights;

    /// <summary>Results of the first row.</summary>
    public float* Results;

    /// <summary>Bytes from one row of results to the next.</summary>
    public nint ResultStride;

    /// <summary>Memory that will be read next: some of it is asked for in each group.</summary>
    public byte* Ahead;

    /// <summary>How far the place that is asked for moves on with each of <see cref="Groups"/>, in bytes.</summary>
    public nint AheadStep;

    /// <summary>Groups of columns, at least one; <see cref="IntegerTile.Rounds"/>, where the next panels are unpacked meanwhile.</summary>
    public long Groups;

    /// <summary>Tiles of rows, at least one.</summary>
    public long Tiles;

    /// <summary>1 where sums start at zero, 0 where they go on from what the results hold.</summary>
    public long Fresh;

    /// <summary>What is added to finished sums.</summary>
    public TileAddends Addends;

    /// <summary>What is unpacked meanwhile, where something is.</summary>
    public NextPanels Next;

    /// <summary>Which of sixteen outputs exist, for each panel.</summary>
    public ushort Mask0;

    /// <summary>Which of sixteen outputs of the second panel exist.</summary>
    public ushort Mask1;
}

/// <summary>
/// The inner loop of the integer product, assembled for one shape: some rows of activations times one or two unpacked panels.
/// Sums of a group stay in registers as 32-bit integers (one <c>vpdpbusd</c> for four columns of sixteen outputs), results as
/// float32, so a tile touches memory for weights and activations only.
/// </summary>
/// <remarks>
/// Why up to 6 rows by 2 panels: 12 integer and 12 float accumulators, two registers of weights and one of activations or scales are
/// 27 of 32. With 4 rows 13 are left for unpacking. Four columns cost 2 + 6 loads for 12 products: 4 cycles of loads beside 6 of products (two of each
/// a cycle). Per group of 32 columns and accumulator there are 8 products, a multiplication of the scales and a fused
/// multiply-add on the same two ports: at best 80 % of the processor's peak. Unpacking mostly needs other ports: woven
/// between these instructions, 16 rows of 32 columns take about 6 cycles instead of 25.
/// </remarks>
/// <param name="GroupSize">Columns that share a scale: 16 or 32.</param>
/// <param name="HasCorrections">Whether the weights' offset is subtracted (sums start at what the factors say).</param>
/// <param name="HasMinimums">Whether groups have a minimum.</param>
/// <param name="Rows">Rows of a tile, 1 to 6.</param>
/// <param name="Panels">Panels, 1 or 2.</param>
/// <param name="Units">
/// What is unpacked meanwhile, or null for nothing: a stretch of <see cref="Depth"/> columns of the next two panels, for a stretch of as
/// many columns that is multiplied.
/// </param>
/// <param name="Sharing">How many tiles of rows share the unpacking: 2 or 4.</param>
internal sealed record IntegerTile(int GroupSize, bool HasCorrections, bool HasMinimums, int Rows, int Panels, PanelUnits? Units = null, int Sharing = 0)
{
    /// <summary>Most rows of a tile.</summary>
    public const int MostRows = 6;

    /// <summary>Most rows of a tile that unpacks, and how many such tiles there are at most.</summary>
    public const int Unpacking = 4;

    /// <summary>Most columns in one call.</summary>
    public const int Depth = 512;

    /// <summary>Bytes from the weights of a panel to its scales.</summary>
    public const int ScalesAt = Depth * MatMulKernel.Panel;

    /// <summary>Bytes from the weights of a panel to its minimums.</summary>
    public const int MinimumsAt = ScalesAt + Depth / 16 * MatMulKernel.Panel * sizeof(float);

    /// <summary>Bytes from one unpacked panel to the next.</summary>
    public const int PanelBytes = MinimumsAt + Depth / 16 * MatMulKernel.Panel * sizeof(float);

    private const int GroupScaleBytes = MatMulKernel.Panel * sizeof(float);

    private static readonly ArgumentsOf<IntegerTileArguments> Arguments = new();

    // General registers.
    private static readonly RowAddresses Activations = new([rsi, r8], rax);
    private static readonly AssemblerRegister64 Factor = rdx;
    private static readonly AssemblerRegister64 Weights = rcx;
    private static readonly AssemblerRegister64 Scales = r9;
    private static readonly AssemblerRegister64 Groups = r10;
    private static readonly AssemblerRegister64 Tiles = r11;
    private static readonly RowAddresses Results = new([rbx, r14], rbp);
    private static readonly AssemblerRegister64 A = r12;
    private static readonly AssemblerRegister64 F = r13;
    private static readonly AssemblerRegister64 Ahead = r15;

    // The smaller the tile, the more of the weights' memory falls to each of its groups: with 16 rows of Q8_0, six lines.
    private int LinesAhead => Rows == MostRows ? 6 : 12;

    /// <summary>How often the loop runs in which panels are unpacked; each time it asks for the memory of one of 32 rows.</summary>
    public int Rounds => 2 * PanelUnits.Blocks / Sharing;

    /// <summary>Bytes of one kind of factor of a row: one for each group.</summary>
    public int FactorBytes => Depth / GroupSize * sizeof(float);

    /// <summary>Bytes from a row's scales to its corrections (integers).</summary>
    public int CorrectionsAt => FactorBytes;

    /// <summary>Bytes from a row's scales to what its minimums are multiplied by.</summary>
    public int MinimumFactorsAt => HasCorrections ? 2 * FactorBytes : FactorBytes;

    /// <summary>Bytes from one row's factors to the next: scales, corrections where there are any, factors of the minimums.</summary>
    public int FactorStride => FactorBytes * (1 + (HasCorrections ? 1 : 0) + (HasMinimums ? 1 : 0));

    /// <summary>The function; assembled on first use.</summary>
    public AssembledFunction Function => field ??= AssemblySupport.Function(
        $"matmul int8 tile {Rows}x{Panels * 16} group {GroupSize}{(HasCorrections ? " offset" : "")}{(HasMinimums ? " minimums" : "")}{(Units is null ? "" : $" unpacking {Units.Name} in {Sharing}")}", Assemble);

    private AssemblerRegisterZMM Sum(int row, int panel) => Zmm(row * Panels + panel);

    private AssemblerRegisterZMM Result(int row, int panel) => Zmm(Rows * Panels + row * Panels + panel);

    private AssemblerRegisterZMM Weight(int panel) => Zmm(2 * Rows * Panels + panel);

    // An activation, or a product of scales; registers behind it are the units'.
    private AssemblerRegisterZMM Factored => Zmm(2 * Rows * Panels + Panels);

    private static AssemblerRegisterZMM Zmm(int index) => VectorRegisters.Zmm[index];

    private byte[] Assemble()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        if (Units is not null)
        {
            PanelUnits.Masks(c);
        }

        c.mov(A, Arguments[nameof(IntegerTileArguments.Activations)]);
        c.mov(Activations.Stride, Arguments[nameof(IntegerTileArguments.ActivationStride)]);
        c.mov(F, Arguments[nameof(IntegerTileArguments.Factors)]);
        c.mov(Results.First, Arguments[nameof(IntegerTileArguments.Results)]);
        c.mov(Results.Stride, Arguments[nameof(IntegerTileArguments.ResultStride)]);
        c.mov(Tiles, Arguments[nameof(IntegerTileArguments.Tiles)]);
        c.mov(Ahead, Arguments[nameof(IntegerTileArguments.Ahead)]);
        c.kmovw(k1, Arguments[nameof(IntegerTileArguments.Mask0)]);
        c.kmovw(k2, Arguments[nameof(IntegerTileArguments.Mask1)]);
        function.Loop(Tiles, () =>
        {
            Begin(c);
            if (Units is not null)
            {
                PanelUnits.Begin(c);
            }

            function.Loop(Groups, () =>
            {
                if (Units is null)
                {
                    FunctionAssembler.WeaveAhead(c, Group, Ahead, LinesAhead);
                }
                else
                {
                    FunctionAssembler.Weave(c, Together, ask => Units.Ask(ask, Ahead));
                }

                c.add(Ahead, Arguments[nameof(IntegerTileArguments.AheadStep)]);
            });
            Units?.End(c);
            End(c);
        });
        return function.Finish();
    }

    // Another core may have written what is added and where results go: both are asked for now, results to be written.
    private void AskForRows(Assembler c)
    {
        var addends = Arguments.Part<TileAddends>(nameof(IntegerTileArguments.Addends));
        var (residual, stride) = (Weights, Scales);
        var none = c.CreateLabel();
        c.mov(residual, addends[nameof(TileAddends.Residual)]);
        c.test(residual, residual);
        c.jz(none);
        c.mov(stride, addends[nameof(TileAddends.ResidualStride)]);
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.prefetcht0(__byte_ptr[residual + panel * 64]);
            }

            c.add(residual, stride);
        }

        c.Label(ref none);
        foreach (var (row, panel) in Cells())
        {
            c.prefetchw(Results.At(__byte_ptr, row, panel * 64));
        }
    }

    private void Begin(Assembler c)
    {
        c.mov(Activations.First, A);
        Activations.ReachFourth(c, A);
        c.mov(Factor, F);
        Results.ReachFourth(c, Results.First);
        AskForRows(c);
        c.mov(Weights, Arguments[nameof(IntegerTileArguments.Weights)]);
        c.lea(Scales, __[Weights + ScalesAt]);

        var goesOn = c.CreateLabel();
        var begun = c.CreateLabel();
        c.cmp(Arguments[nameof(IntegerTileArguments.Fresh)], 0);
        c.je(goesOn);
        foreach (var (row, panel) in Cells())
        {
            c.vpxord(Result(row, panel), Result(row, panel), Result(row, panel));
        }

        c.jmp(begun);
        c.Label(ref goesOn);
        foreach (var (row, panel) in Cells())
        {
            c.vmovups(Result(row, panel).k(panel).z, Results.At(__zmmword_ptr, row, panel * 64));
        }

        c.Label(ref begun);
        c.mov(Groups, Arguments[nameof(IntegerTileArguments.Groups)]);
    }

    // Some groups, and a unit between their instructions.
    private void Together(Assembler c) => FunctionAssembler.Weave(
        c,
        groups =>
        {
            for (var group = 0; group < Depth / GroupSize / Rounds; group++)
            {
                Group(groups);
            }
        },
        unit => Units!.Unit(unit));

    // One group: exact integer sums, then one fused multiply-add each (and one for the minimum).
    private void Group(Assembler c)
    {
        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                if (!HasCorrections)
                {
                    c.vpxord(Sum(row, panel), Sum(row, panel), Sum(row, panel));
                }
                else if (panel == 0)
                {
                    c.vpbroadcastd(Sum(row, 0), __dword_ptr[Factor + (row * FactorStride + CorrectionsAt)]);
                }
                else
                {
                    c.vmovdqa32(Sum(row, panel), Sum(row, 0));
                }
            }
        }

        for (var four = 0; four < GroupSize / 4; four++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmovdqu32(Weight(panel), __zmmword_ptr[Weights + (panel * PanelBytes + four * 64)]);
            }

            for (var row = 0; row < Rows; row++)
            {
                c.vpbroadcastd(Factored, Activations.At(__dword_ptr, row, four * 4));
                for (var panel = 0; panel < Panels; panel++)
                {
                    c.vpdpbusd(Sum(row, panel), Weight(panel), Factored);
                }
            }
        }

        for (var panel = 0; panel < Panels; panel++)
        {
            c.vmovups(Weight(panel), __zmmword_ptr[Scales + panel * PanelBytes]);
        }

        for (var row = 0; row < Rows; row++)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmulps(Factored, Weight(panel), __dword_bcst[Factor + row * FactorStride]);
                c.vcvtdq2ps(Sum(row, panel), Sum(row, panel));
                c.vfmadd231ps(Result(row, panel), Sum(row, panel), Factored);
            }
        }

        if (HasMinimums)
        {
            for (var panel = 0; panel < Panels; panel++)
            {
                c.vmovups(Weight(panel), __zmmword_ptr[Scales + (panel * PanelBytes + MinimumsAt - ScalesAt)]);
            }

            for (var row = 0; row < Rows; row++)
            {
                for (var panel = 0; panel < Panels; panel++)
                {
                    c.vfmadd231ps(Result(row, panel), Weight(panel), __dword_bcst[Factor + (row * FactorStride + MinimumFactorsAt)]);
                }
            }
        }

        Activations.Advance(c, Rows, GroupSize);
        c.add(Factor, sizeof(float));
        c.add(Weights, GroupSize * MatMulKernel.Panel);
        c.add(Scales, GroupScaleBytes);
    }

    private void End(Assembler c)
    {
        TileEnd.Add(c, Rows, Panels, Result, Weight, (Groups, Scales), Arguments.Part<TileAddends>(nameof(IntegerTileArguments.Addends)));
        foreach (var (row, panel) in Cells())
        {
            c.vmovups(Results.At(__zmmword_ptr, row, panel * 64).k(panel), Result(row, panel));
        }

        // On to the next tile of rows.
        for (var row = 0; row < Rows; row++)
        {
            c.add(A, Activations.Stride);
            c.add(Results.First, Results.Stride);
        }

        c.add(F, Rows * FactorStride);
    }

    private IEnumerable<(int Row, int Panel)> Cells() =>
        from row in Enumerable.Range(0, Rows) from panel in Enumerable.Range(0, Panels) select (row, panel);
}
