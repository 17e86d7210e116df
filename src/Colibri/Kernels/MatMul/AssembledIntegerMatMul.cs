using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product around <see cref="IntegerTile"/>: two panels of weights are unpacked, 512 columns at a time, and stay in
/// the first-level cache (2 x 12 KiB) while all rows of activations pass by, six at a time.
/// </summary>
internal sealed unsafe class AssembledIntegerMatMul<TBlock> : MatMulKernel, IAssembled
    where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Depth = IntegerTile.Depth;

    /// <summary>Most rows that are taken together.</summary>
    private const int MostRows = 512;

    /// <summary>Most columns whose factors are kept at a time.</summary>
    private const int MostColumns = 16 * Depth;

    /// <summary>
    /// Panels whose results are finished before the next ones begin, with many rows: 128 outputs of 512 rows are 256 KiB and
    /// stay in the second-level cache, beside 256 KiB of activations, from one stretch of columns to the next.
    /// </summary>
    private const int PanelsTogether = 8;

    /// <summary>Up to so many rows the weights are the work: they are read in the order of memory.</summary>
    private const int FewRows = 64;

    /// <summary>
    /// Columns that are unpacked between asking for memory and asking again, where rows are so few that unpacking takes most of
    /// the time and memory would idle meanwhile.
    /// </summary>
    private const int UnpackedTogether = 128;

    /// <summary>What <see cref="AskedWhileUnpacking"/> gives for all of it.</summary>
    private const int AskedParts = 8;

    /// <summary>Panels that stay near: 128 outputs of a few thousand columns fit the second-level cache.</summary>
    private const int PanelsNear = 8;

    /// <summary>Up to so many rows are taken one by one, while the weights that the first one brought are still near.</summary>
    private static readonly int RowByRow = TBlock.GroupSize == 16 ? 2 : 1;

    private static readonly IntegerTile Shape = Tile(1, 1);

    private static readonly AssembledRows<TBlock>? Rows = AssembledRows<TBlock>.Instance;

    private readonly IntegerTile[,] _tiles = new IntegerTile[IntegerTile.MostRows + 1, 3];

    public AssembledIntegerMatMul()
    {
        for (var rows = 1; rows <= IntegerTile.MostRows; rows++)
        {
            _tiles[rows, 1] = Tile(rows, 1);
            _tiles[rows, 2] = Tile(rows, 2);
        }
    }

    public override ActivationKind Activations => ActivationKind.Int8;

    public IEnumerable<AssembledFunction> Functions => _tiles.Cast<IntegerTile?>().OfType<IntegerTile>().Select(tile => tile.Function).Concat(Rows?.Functions ?? []);

    public override int ScratchBytes => Math.Max(2 * IntegerTile.PanelBytes + MostRows * (MostColumns / Depth) * Shape.FactorStride, Rows?.ScratchBytes ?? RowProduct<TBlock>.ScratchBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        if (rows <= RowByRow)
        {
            var near = rows == 1 ? lastPanel - firstPanel : PanelsNear;
            for (var panel = firstPanel; panel < lastPanel; panel += near)
            {
                for (var r = 0; r < rows; r++)
                {
                    OneRow(weight, panel, Math.Min(lastPanel, panel + near), x.From(r), destination.From(r), scratch);
                }
            }

            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
            return;
        }

        if (rows <= FewRows)
        {
            Prefetch.Integers(x, rows, weight.Columns);
        }

        var factors = scratch + 2 * IntegerTile.PanelBytes;
        for (var firstRow = 0; firstRow < rows; firstRow += MostRows)
        {
            var count = Math.Min(MostRows, rows - firstRow);
            var part = x.From(firstRow);
            var y = destination.From(firstRow);
            for (var column = 0; column < weight.Columns; column += MostColumns)
            {
                var last = Math.Min(weight.Columns, column + MostColumns);
                for (var stretch = column; stretch < last; stretch += Depth)
                {
                    Prepare(part, count, stretch, Math.Min(Depth, last - stretch), factors + (long)((stretch - column) / Depth) * count * Shape.FactorStride);
                }

                var together = count <= FewRows ? 2 : PanelsTogether;
                for (var panel = firstPanel; panel < lastPanel; panel += together)
                {
                    Group(weight, panel, Math.Min(lastPanel, panel + together), column, last, part, count, y, scratch, factors);
                }
            }
        }
    }

    private static void OneRow(Weight weight, int firstPanel, int lastPanel, in Activations x, in Destination y, byte* scratch)
    {
        if (Rows is not null)
        {
            Rows.Run(weight, firstPanel, lastPanel, x, y, scratch);
        }
        else
        {
            RowProduct<TBlock>.Run(weight, firstPanel, lastPanel, x, y, scratch);
        }
    }

    private static IntegerTile Tile(int rows, int panels) => new(TBlock.GroupSize, TBlock.Offset != 0, TBlock.HasMinimums, rows, panels);

    // Some panels by all stretches of columns, so that their results stay near.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Group(Weight weight, int firstPanel, int lastPanel, int column, int last, in Activations x, int rows, in Destination y, byte* scratch, byte* factors)
    {
        for (var stretch = column; stretch < last; stretch += Depth)
        {
            var depth = Math.Min(Depth, last - stretch);
            for (var panel = firstPanel; panel < lastPanel; panel += 2)
            {
                var panels = Math.Min(2, lastPanel - panel);
                Unpack(weight, panel, panels, stretch, depth, rows, scratch);
                Multiply(weight, panel, panels, stretch, depth, x, rows, y, scratch, factors + (long)((stretch - column) / Depth) * rows * Shape.FactorStride);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(Weight weight, int panel, int panels, int stretch, int depth, int rows, byte* scratch)
    {
        var blocks = depth / TBlock.ValuesPerBlock;
        var asked = AskedWhileUnpacking(rows);
        var together = asked > 0 ? Math.Max(1, UnpackedTogether / TBlock.ValuesPerBlock) : blocks;
        var ahead = Next(weight, panel, panels, stretch);
        for (var p = 0; p < panels; p++)
        {
            var first = (panel + p) * Panel;
            var from = weight.Address + first * weight.RowBytes + stretch / TBlock.ValuesPerBlock * sizeof(TBlock);
            var q = scratch + p * IntegerTile.PanelBytes;
            for (var block = 0; block < blocks; block += together)
            {
                var count = Math.Min(together, blocks - block);
                if (asked > 0)
                {
                    var bytes = count * Panel * sizeof(TBlock) * asked / AskedParts;
                    Prefetch.Ahead(ahead, bytes);
                    ahead += bytes;
                }

                var scales = block * (TBlock.ValuesPerBlock / TBlock.GroupSize) * Panel;
                TBlock.UnpackPanel(
                    from + block * sizeof(TBlock), (nint)weight.RowBytes, Math.Min(Panel, weight.Rows - first) - 1, count, q + block * TBlock.ValuesPerBlock * Panel,
                    (float*)(q + IntegerTile.ScalesAt) + scales, (float*)(q + IntegerTile.MinimumsAt) + scales);
            }
        }
    }

    // How much of what comes next is asked for while weights are unpacked, the rest while they are multiplied: the fewer rows, the
    // more of the time is unpacking. Four rows of Q6_K read 25 instead of 17 GB/s a core, six of Q8_0 26 instead of 14.
    private static int AskedWhileUnpacking(int rows) => TBlock.ValuesPerBlock == 32
        ? rows switch { <= 4 => AskedParts, <= 6 => AskedParts / 2, <= 12 => AskedParts / 8, _ => 0 }
        : rows switch { <= 2 => AskedParts, <= 6 => AskedParts / 4, <= 12 => AskedParts / 8, _ => 0 };

    // What comes next in the order of memory: of the panels behind these the part that this stretch is of them.
    private static byte* Next(Weight weight, int panel, int panels, int stretch)
    {
        var share = panels * Panel * weight.RowBytes;
        return weight.Address + (long)panel * Panel * weight.RowBytes + share + share * stretch / weight.Columns;
    }

    private void Multiply(Weight weight, int panel, int panels, int stretch, int depth, in Activations x, int rows, in Destination y, byte* scratch, byte* factors)
    {
        var outputs = Math.Min(panels * Panel, weight.Rows - panel * Panel);

        // The next panels' share of this stretch is spread over all groups of all tiles; where it has been asked for already, one
        // line is asked for again and again.
        var groups = depth / TBlock.GroupSize;
        var last = stretch + depth == weight.Columns;
        var asked = AskedWhileUnpacking(rows);
        var share = panels * Panel * weight.RowBytes * depth / weight.Columns;
        var before = share * asked / AskedParts;
        share -= before;
        var arguments = new IntegerTileArguments
        {
            Activations = x.Integers + stretch,
            ActivationStride = x.Stride,
            Factors = factors,
            Weights = scratch,
            Results = y.Y + panel * Panel,
            ResultStride = y.Stride * sizeof(float),
            Ahead = share == 0 ? scratch : Next(weight, panel, panels, stretch) + before,
            AheadStep = (nint)(share / (groups * ((rows + IntegerTile.MostRows - 1) / IntegerTile.MostRows))),
            Groups = groups,
            Tiles = rows / IntegerTile.MostRows,
            Fresh = stretch == 0 ? 1 : 0,
            Addends = last ? new TileAddends(y, panel * Panel) : default,
            Mask0 = (ushort)((1 << Math.Min(Panel, outputs)) - 1),
            Mask1 = (ushort)((1 << Math.Max(0, outputs - Panel)) - 1),
        };
        if (arguments.Tiles > 0)
        {
            _tiles[IntegerTile.MostRows, panels].Function.Call(&arguments);
        }

        var done = rows / IntegerTile.MostRows * IntegerTile.MostRows;
        if (done < rows)
        {
            arguments.Activations += (nint)done * x.Stride;
            arguments.Factors += (nint)done * Shape.FactorStride;
            arguments.Results += (nint)done * y.Stride;
            arguments.Ahead += arguments.AheadStep * groups * arguments.Tiles;
            arguments.Tiles = 1;
            _tiles[rows - done, panels].Function.Call(&arguments);
        }
    }

    // What every panel needs of a row's groups: scales, the offset's share of the sums, factors of the minimums. Sixteen groups at a
    // time; what is read and written behind the last group is never used.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Prepare(in Activations x, int rows, int column, int depth, byte* factors)
    {
        var groups = depth / TBlock.GroupSize;
        var even = Vector512.Create(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        var doubled = Vector512.Create(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
        var offset = Vector512.Create(-TBlock.Offset);
        for (var r = 0; r < rows; r++, factors += Shape.FactorStride)
        {
            var row = x.From(r);
            var scales = row.Scales + column / QuantizeKernel.Block;
            var sums = row.Sums + column / QuantizeKernel.SumGroup;
            for (var g = 0; g < groups; g += 16)
            {
                Vector512<float> scale;
                Vector512<int> sum;
                if (TBlock.GroupSize == QuantizeKernel.Block)
                {
                    scale = Whole(scales + g, groups - g);
                    var (first, second) = (Whole(sums + 2 * g, 2 * (groups - g)), Whole(sums + 2 * g + 16, 2 * (groups - g) - 16));
                    sum = Avx512F.PermuteVar16x32x2(first, even, second) + Avx512F.PermuteVar16x32x2(first, even + Vector512<int>.One, second);
                }
                else
                {
                    scale = Avx512F.PermuteVar16x32(Whole(scales + g / 2, (groups - g) / 2), doubled);
                    sum = Whole(sums + g, groups - g);
                }

                var target = (float*)factors + g;
                scale.Store(target);
                if (TBlock.Offset != 0)
                {
                    (sum * offset).Store((int*)((byte*)target + Shape.CorrectionsAt));
                }

                if (TBlock.HasMinimums)
                {
                    (-(scale * Vector512.ConvertToSingle(sum))).Store((float*)((byte*)target + Shape.MinimumFactorsAt));
                }
            }
        }
    }

    // Sixteen values of which only some may exist.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<T> Whole<T>(T* source, int count) where T : unmanaged => count >= 16 ? Vector512.Load(source) : Part(source, count);

    private static Vector512<T> Part<T>(T* source, int count) where T : unmanaged
    {
        var room = stackalloc T[16];
        new ReadOnlySpan<T>(source, Math.Max(0, count)).CopyTo(new Span<T>(room, 16));
        return Vector512.Load(room);
    }
}
