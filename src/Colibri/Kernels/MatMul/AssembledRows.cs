using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;
using Iced.Intel;
using static Iced.Intel.AssemblerRegisters;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// <see cref="RowProduct{TBlock}"/> assembled, for formats that have a <see cref="RowRecipe"/>: the sums and scales of sixteen
/// rows go to scratch row by row, then become sixteen chains. All the while memory is asked for evenly, in the order of memory: eight
/// ninths of what comes next while rows are read, the rest while chains are computed, so that it never idles.
/// </summary>
internal sealed unsafe class AssembledRows<TBlock> where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Most columns between two turns, so that scratch has a size; whole steps of every recipe.</summary>
    private const int Stretch = 16384;

    /// <summary>Groups of a step.</summary>
    private const int StepGroups = 16;

    private readonly RowRecipe _recipe;
    private readonly ActivationOrder _order;
    private readonly int _stepBytes;
    private readonly int _asked;
    private readonly AssembledFunction _rows;
    private readonly AssembledFunction?[] _chains = new AssembledFunction?[StepGroups + 1];

    private AssembledRows(RowRecipe recipe)
    {
        _recipe = recipe;
        _order = new ActivationOrder(recipe.Order);
        _stepBytes = recipe.Values / TBlock.ValuesPerBlock * sizeof(TBlock);
        _asked = _stepBytes * 8 / 9;
        _rows = AssemblySupport.Function($"matmul int8 {TBlock.Name} rows{recipe.Way}", AssembleRows);
    }

    /// <summary>The product for the format; runs only where <see cref="AssemblySupport.Vnni"/>.</summary>
    public static AssembledRows<TBlock> Instance => Made.GetOrCreate(TBlock.Recipe);

    /// <summary>The product with a recipe of one's own, for comparing.</summary>
    internal static AssembledRows<TBlock> Of(RowRecipe recipe) => new(recipe);

    /// <summary>Rows, and chains of whole steps; the shorter chains are parts of that code.</summary>
    public IEnumerable<AssembledFunction> Functions => [_rows, ChainOf(StepGroups)];

    /// <summary>Bytes of scratch.</summary>
    public int ScratchBytes => 3 * RowsBytes + 3 * FactorBytes + Stretch + 2 * _stepBytes;

    /// <summary>Bytes that chains ask for in each step.</summary>
    private int AskedByChain => Panel * (_stepBytes - _asked);

    private static int StretchGroups => Stretch / TBlock.GroupSize;

    /// <summary>Bytes of one kind of factor of a stretch.</summary>
    private static int FactorBytes => StretchGroups * sizeof(float);

    /// <summary>
    /// Bytes from one row's products to the next: a line more than a power of two, or a group's sixteen rows, three kinds of each, would
    /// share two of the first-level cache's 64 sets and push one another out.
    /// </summary>
    private static int ProductBytes => FactorBytes + 64;

    /// <summary>Bytes from the products of sixteen rows to their scales, and on to their minimums.</summary>
    private static int RowsBytes => Panel * ProductBytes;

    /// <inheritdoc cref="MatMulKernel.Run"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, in Destination destination, byte* scratch, bool kept)
    {
        var edge = stackalloc float[Panel];
        var factors = (float*)(scratch + 3 * RowsBytes);
        var activations = (sbyte*)(factors + 3 * StretchGroups);
        var tail = (byte*)(activations + Stretch);
        kept &= weight.Columns <= Stretch;
        if (!kept)
        {
            // They come from the core that made them.
            Prefetch.Integers(x, 1, weight.Columns);
        }

        // Nobody may have asked for the beginning yet.
        Prefetch.Ahead(weight.Address + firstPanel * Panel * weight.RowBytes, Ahead);
        for (var column = 0; column < weight.Columns; column += Stretch)
        {
            var depth = Math.Min(Stretch, weight.Columns - column);
            var steps = depth / _recipe.Values;
            var rest = depth % _recipe.Values;
            var ahead = weight.Address + firstPanel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock) + Ahead;
            if (!kept)
            {
                Take(x, column, depth, factors, activations);
            }

            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                var outputs = Math.Min(Panel, weight.Rows - panel * Panel);
                var first = weight.Address + (long)panel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock);

                // A last step that is not whole may read on into the next rows, whose values meet zeros; behind the last row there is
                // nothing to read.
                var inPlace = rest > 0 && first + (outputs - 1) * weight.RowBytes + (steps + 1) * _stepBytes <= weight.Address + weight.Bytes;
                var taken = inPlace ? steps + 1 : steps;
                var arguments = new RowsArguments
                {
                    Rows = first,
                    RowBytes = (nint)weight.RowBytes,
                    RowCount = outputs,
                    Steps = taken,
                    Activations = activations,
                    Factors = factors,
                    Products = (float*)scratch,
                    Ahead = ahead,
                };
                if (taken > 0)
                {
                    _rows.CallBriefly(&arguments);
                    ahead += taken * outputs * _asked;
                }

                if (rest > 0 && !inPlace)
                {
                    Rest(arguments, first + steps * _stepBytes, rest, tail);
                }

                var y = destination.Y + panel * Panel;
                if (outputs == Panel)
                {
                    Chain(scratch, factors, depth / TBlock.GroupSize, y, ahead, column == 0);
                    ahead += steps * AskedByChain;
                    continue;
                }

                new ReadOnlySpan<float>(y, outputs).CopyTo(new Span<float>(edge, Panel));
                Chain(scratch, factors, depth / TBlock.GroupSize, edge, ahead, column == 0);
                new ReadOnlySpan<float>(edge, outputs).CopyTo(new Span<float>(y, outputs));
            }
        }
    }

    // Blocks behind the last whole step, in a room of their own: what lies behind them may not exist.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Rest(RowsArguments arguments, byte* blocks, int rest, byte* tail)
    {
        var bytes = rest / TBlock.ValuesPerBlock * sizeof(TBlock);
        var rows = arguments.RowCount;
        var done = arguments.Steps * StepGroups;
        new Span<byte>(tail + bytes, _stepBytes - bytes).Clear();
        arguments.Activations += arguments.Steps * _recipe.Values;
        arguments.Factors += done;
        arguments.Products += done;
        arguments.Rows = tail;
        arguments.Steps = arguments.RowCount = 1;
        for (var r = 0; r < rows; r++, blocks += arguments.RowBytes, arguments.Products += ProductBytes / sizeof(float))
        {
            new ReadOnlySpan<byte>(blocks, bytes).CopyTo(new Span<byte>(tail, bytes));
            _rows.CallBriefly(&arguments);
        }
    }

    // Activations in the recipe's order, filled up with zeros to a whole step; their scales, the offset's share of the sums, and
    // what minimums are multiplied by.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Take(in Activations x, int column, int depth, float* factors, sbyte* activations)
    {
        _order.Copy(x.Integers + column, depth, activations);
        var scales = x.Scales + column / QuantizeKernel.Block;
        var sums = x.Sums + column / QuantizeKernel.SumGroup;
        var minimums = factors + StretchGroups;
        var corrections = (int*)(minimums + StretchGroups);
        var groups = depth / TBlock.GroupSize;
        for (var g = 0; g < groups; g++)
        {
            var scale = scales[g * TBlock.GroupSize / QuantizeKernel.Block];
            var sum = TBlock.GroupSize == QuantizeKernel.Block ? sums[2 * g] + sums[2 * g + 1] : sums[g];
            factors[g] = scale;
            minimums[g] = -(scale * sum);
            corrections[g] = TBlock.Offset * sum;
        }

        for (var g = groups; g % StepGroups != 0; g++)
        {
            factors[g] = minimums[g] = corrections[g] = 0;
        }
    }

    private void Chain(byte* scratch, float* factors, int groups, float* y, byte* ahead, bool fresh)
    {
        if (fresh)
        {
            new Span<float>(y, Panel).Clear();
        }

        var whole = groups / StepGroups;
        var arguments = new ChainArguments { Products = (float*)scratch, MinimumFactors = factors + StretchGroups, Y = y, Steps = whole, Ahead = ahead };
        if (whole > 0)
        {
            ChainOf(StepGroups).CallBriefly(&arguments);
        }

        if (groups % StepGroups != 0)
        {
            arguments.Products += whole * StepGroups;
            arguments.MinimumFactors += whole * StepGroups;
            arguments.Steps = 1;
            ChainOf(groups % StepGroups).CallBriefly(&arguments);
        }
    }

    private AssembledFunction ChainOf(int groups) => _chains[groups] ??= AssemblySupport.Function(
        $"matmul int8 chains of {groups} groups of {TBlock.GroupSize}{(TBlock.HasMinimums ? " minimums" : "")} asking for {AskedByChain} bytes",
        () => RowChain.Assemble(groups, ProductBytes, TBlock.HasMinimums, AskedByChain));

    private byte[] AssembleRows()
    {
        var function = new FunctionAssembler();
        var c = function.Code;
        var arguments = new ArgumentsOf<RowsArguments>();
        var (blocks, activations, row, rowBytes, rows, steps, factors, products, nextProducts, ahead) = (rcx, rsi, rbx, rbp, r12, r8, r10, r11, r13, r14);
        c.mov(row, arguments[nameof(RowsArguments.Rows)]);
        c.mov(rowBytes, arguments[nameof(RowsArguments.RowBytes)]);
        c.mov(rows, arguments[nameof(RowsArguments.RowCount)]);
        c.mov(nextProducts, arguments[nameof(RowsArguments.Products)]);
        c.mov(ahead, arguments[nameof(RowsArguments.Ahead)]);
        _recipe.Constants(c);
        function.Loop(rows, () =>
        {
            c.mov(blocks, row);
            c.mov(activations, arguments[nameof(RowsArguments.Activations)]);
            c.mov(factors, arguments[nameof(RowsArguments.Factors)]);
            c.mov(steps, arguments[nameof(RowsArguments.Steps)]);
            c.mov(products, nextProducts);
            function.Loop(steps, () =>
            {
                FunctionAssembler.WeaveAhead(c, body => Step(body, factors, products), ahead, (_asked + 63) / 64);
                c.add(blocks, _stepBytes);
                c.add(activations, _recipe.Values);
                c.add(factors, StepGroups * sizeof(float));
                c.add(products, StepGroups * sizeof(float));
                c.add(ahead, _asked);
            });
            c.add(row, rowBytes);
            c.add(nextProducts, ProductBytes);
        });
        return function.Finish();
    }

    // Sums and scales of sixteen groups of a row.
    private void Step(Assembler c, AssemblerRegister64 factors, AssemblerRegister64 products)
    {
        _recipe.Sums(c);
        _recipe.Scales(c);
        if (TBlock.Offset != 0)
        {
            c.vpsubd(zmm0, zmm0, __zmmword_ptr[factors + 2 * FactorBytes]);
        }

        c.vcvtdq2ps(zmm0, zmm0);
        c.vmovups(__zmmword_ptr[products], zmm0);
        c.vmulps(zmm1, zmm1, __zmmword_ptr[factors]);
        c.vmovups(__zmmword_ptr[products + RowsBytes], zmm1);
        if (TBlock.HasMinimums)
        {
            c.vmovups(__zmmword_ptr[products + 2 * RowsBytes], zmm2);
        }
    }

    // How far ahead of use weights are asked for: one core read 17, 20, 24, 33, 36, 38 and 38 GB/s of Q4_0 with 1, 2, 4, 8, 12, 16 and 20 KiB.
    private const int Ahead = 16384;

    /// <summary>Makes the one instance.</summary>
    private static class Made
    {
        private static readonly Lock Making = new();
        private static AssembledRows<TBlock>? s_instance;

        public static AssembledRows<TBlock> GetOrCreate(RowRecipe recipe)
        {
            lock (Making)
            {
                return s_instance ??= new AssembledRows<TBlock>(recipe);
            }
        }
    }
}

/// <summary>What assembled rows read.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RowsArguments
{
    /// <summary>The first block of the first row.</summary>
    public byte* Rows;

    /// <summary>Bytes from one row to the next.</summary>
    public nint RowBytes;

    /// <summary>Rows, at least one.</summary>
    public long RowCount;

    /// <summary>Steps of sixteen groups, at least one.</summary>
    public long Steps;

    /// <summary>Activations in the recipe's order.</summary>
    public sbyte* Activations;

    /// <summary>Scales of the activations, factors of the minimums, corrections.</summary>
    public float* Factors;

    /// <summary>Receives products; scales and minimums lie at fixed distances.</summary>
    public float* Products;

    /// <summary>The first line that memory is asked for.</summary>
    public byte* Ahead;
}
