using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product around <see cref="IntegerTile"/>: two panels of weights are unpacked, 512 columns at a time, and stay in
/// the first-level cache (2 x 12 KiB) while all rows of activations pass by, six at a time. Formats that have
/// <see cref="PanelUnits"/> unpack the next two meanwhile.
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

    /// <summary>
    /// Columns that are unpacked between asking for memory and asking again, where rows are so few that unpacking takes most of
    /// the time and memory would idle meanwhile.
    /// </summary>
    private const int UnpackedTogether = 128;

    /// <summary>What <see cref="AskedWhileUnpacking"/> gives for all of it.</summary>
    private const int AskedParts = 8;

    /// <summary>Tiles of a stretch that take a microsecond at most.</summary>
    private const int BriefTiles = 4;

    /// <summary>Panels that stay near: 128 outputs of a few thousand columns fit the second-level cache.</summary>
    private const int PanelsNear = 8;

    /// <summary>Up to so many rows are taken one by one, while the weights that the first one brought are still near.</summary>
    private static readonly int RowByRow = TBlock.GroupSize == 16 ? 2 : 1;

    private static readonly IntegerTile Shape = Tile(1, 1);

    private static readonly AssembledRows<TBlock> Rows = AssembledRows<TBlock>.Instance;

    private static readonly int FactorStride = Shape.FactorStride;

    private static readonly PanelUnits? Units = PanelUnits.Of<TBlock>();

    private static readonly NextPanels NextOfFormat = Units is null ? default : new NextPanels(Units.Recipe);

    // By rows and panels.
    private readonly IntegerTile[,] _tiles = new IntegerTile[IntegerTile.MostRows + 1, 3];

    // By rows and how many tiles share the unpacking of two panels.
    private readonly IntegerTile[,] _unpackingTiles = new IntegerTile[IntegerTile.Unpacking + 1, IntegerTile.Unpacking + 1];

    public AssembledIntegerMatMul()
    {
        for (var rows = 1; rows <= IntegerTile.MostRows; rows++)
        {
            _tiles[rows, 1] = Tile(rows, 1);
            _tiles[rows, 2] = Tile(rows, 2);
        }

        for (var rows = 2; rows <= IntegerTile.Unpacking && Units is not null; rows++)
        {
            _unpackingTiles[rows, 2] = Tile(rows, 2) with { Units = Units, Sharing = 2 };
            _unpackingTiles[rows, 4] = Tile(rows, 2) with { Units = Units, Sharing = 4 };
        }
    }

    public override ActivationKind Activations => ActivationKind.Int8;

    public IEnumerable<AssembledFunction> Functions =>
    [
        .. _tiles.Cast<IntegerTile?>().Concat(_unpackingTiles.Cast<IntegerTile?>()).OfType<IntegerTile>().Select(tile => tile.Function),
        .. Rows.Functions,
    ];

    public override int ScratchBytes => Math.Max(4 * IntegerTile.PanelBytes + MostRows * (MostColumns / Depth) * Shape.FactorStride, Rows.ScratchBytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        if (rows <= RowByRow)
        {
            var near = rows == 1 ? lastPanel - firstPanel : PanelsNear;
            for (var panel = firstPanel; panel < lastPanel; panel += near)
            {
                for (var r = 0; r < rows; r++)
                {
                    Rows.Run(weight, panel, Math.Min(lastPanel, panel + near), x.From(r), destination.From(r), scratch, kept && rows == 1);
                }
            }

            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
            return;
        }

        kept &= rows <= MostRows && weight.Columns <= MostColumns;
        if (rows <= RowsBoundByWeights && !kept)
        {
            Prefetch.Integers(x, rows, weight.Columns);
        }

        var factors = scratch + 4 * IntegerTile.PanelBytes;
        for (var firstRow = 0; firstRow < rows; firstRow += MostRows)
        {
            var count = Math.Min(MostRows, rows - firstRow);
            var part = x.From(firstRow);
            var y = destination.From(firstRow);
            for (var column = 0; column < weight.Columns; column += MostColumns)
            {
                var last = Math.Min(weight.Columns, column + MostColumns);
                for (var stretch = column; stretch < last && !kept; stretch += Depth)
                {
                    Prepare(part, count, stretch, Math.Min(Depth, last - stretch), factors + (long)((stretch - column) / Depth) * count * FactorStride);
                }

                Walk(weight, new PanelWalk(firstPanel, lastPanel, column, last, count <= RowsBoundByWeights ? 2 : PanelsTogether), part, count, y, scratch, factors);
            }
        }
    }

    private static IntegerTile Tile(int rows, int panels) => new(TBlock.GroupSize, TBlock.Offset != 0, TBlock.HasMinimums, rows, panels);

    // All places of a walk: while weights are multiplied, those of the next place are unpacked where that goes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Walk(Weight weight, PanelWalk place, in Activations x, int rows, in Destination y, byte* scratch, byte* factors)
    {
        var tiles = TileRows.Fewest(rows);
        var panels = scratch;
        var others = scratch + 2 * IntegerTile.PanelBytes;
        var arguments = new IntegerTileArguments { ActivationStride = x.Stride, ResultStride = y.Stride * sizeof(float) };
        arguments.Next = NextOfFormat;
        arguments.Next.RowBytes = (nint)weight.RowBytes;
        var firstColumn = place.Column;
        var unpacked = false;
        while (place.Exists)
        {
            var next = place.Next();
            var unpacks = rows >= TileRows.FewestUnpacking && Unpacks(weight, place, next);
            if (!unpacked)
            {
                if (unpacks)
                {
                    Ask(weight, next);
                }

                Unpack(weight, place, unpacks ? 0 : AskedWhileUnpacking(rows), panels);
            }

            var output = place.Panel * Panel;
            var outputs = Math.Min(place.Panels * Panel, weight.Rows - output);
            arguments.Activations = x.Integers + place.Column;
            arguments.Factors = factors + (nint)((place.Column - firstColumn) / Depth) * rows * FactorStride;
            arguments.Weights = panels;
            arguments.Results = y.Y + output;
            arguments.Fresh = place.Column == 0 ? 1 : 0;
            arguments.Addends = place.Column + place.Depth == weight.Columns ? new TileAddends(y, output) : default;
            arguments.Mask0 = (ushort)((1 << Math.Min(Panel, outputs)) - 1);
            arguments.Mask1 = (ushort)((1 << Math.Max(0, outputs - Panel)) - 1);
            if (unpacks)
            {
                // Memory is asked for a place further ahead, the same part of every row; behind the last one as others will go on.
                var then = next.Next();
                arguments.Next.Rows = Blocks(weight, next.Panel, next.Column);
                arguments.Next.Target = others;
                arguments.Next.LastTarget = others + Depth * Panel;
                arguments.Next.ScaleTarget = others + IntegerTile.ScalesAt;
                arguments.Ahead = Blocks(weight, then.Panel, then.Column);
                MultiplyAndUnpack(&arguments, rows);
                others = panels;
                panels = scratch + 2 * IntegerTile.PanelBytes - (others - scratch);
            }
            else
            {
                Multiply(&arguments, weight, place, unpacked ? AskedParts : AskedWhileUnpacking(rows), tiles);
            }

            (place, unpacked) = (next, unpacks);
        }
    }

    // Whether the next place is unpacked meanwhile: both are whole.
    private static bool Unpacks(Weight weight, in PanelWalk place, in PanelWalk next) =>
        Units is not null && next.Exists && place.Panels == 2 && next.Panels == 2 && place.Depth == Depth && next.Depth == Depth && (next.Panel + 2) * Panel <= weight.Rows;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static byte* Blocks(Weight weight, int panel, int column) => weight.Address + (long)panel * Panel * weight.RowBytes + RowBytes(column);

    // Bytes of so many columns of a row.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RowBytes(int columns) => columns / TBlock.ValuesPerBlock * sizeof(TBlock);

    // What comes next in the order of memory: of the panels behind these the part that this stretch is of them.
    private static byte* Ahead(Weight weight, in PanelWalk place) =>
        weight.Address + (long)(place.Panel + place.Panels) * Panel * weight.RowBytes + place.Panels * Panel * RowBytes(place.Column);

    // Asks for the memory of a whole place.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Ask(Weight weight, in PanelWalk place)
    {
        var row = Blocks(weight, place.Panel, place.Column);
        for (var r = 0; r < 2 * Panel; r++, row += weight.RowBytes)
        {
            Prefetch.Ahead(row, RowBytes(Depth));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unpack(Weight weight, in PanelWalk place, int asked, byte* panels)
    {
        var blocks = place.Depth / TBlock.ValuesPerBlock;
        var together = asked > 0 ? Math.Max(1, UnpackedTogether / TBlock.ValuesPerBlock) : blocks;
        var ahead = Ahead(weight, place);
        for (var p = 0; p < place.Panels; p++)
        {
            var from = Blocks(weight, place.Panel + p, place.Column);
            var q = panels + p * IntegerTile.PanelBytes;
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
                    from + block * sizeof(TBlock), (nint)weight.RowBytes, Math.Min(Panel, weight.Rows - (place.Panel + p) * Panel) - 1, count,
                    q + block * TBlock.ValuesPerBlock * Panel, (float*)(q + IntegerTile.ScalesAt) + scales, (float*)(q + IntegerTile.MinimumsAt) + scales);
            }
        }
    }

    // How much of what comes next is asked for while weights are unpacked, the rest while they are multiplied: the fewer rows, the
    // more of the time is unpacking. Four rows of Q6_K read 25 instead of 17 GB/s a core, six of Q8_0 26 instead of 14.
    private static int AskedWhileUnpacking(int rows) => TBlock.ValuesPerBlock == 32
        ? rows switch { <= 4 => AskedParts, <= 6 => AskedParts / 2, <= 12 => AskedParts / 8, _ => 0 }
        : rows switch { <= 2 => AskedParts, <= 6 => AskedParts / 4, <= 12 => AskedParts / 8, _ => 0 };

    // The next panels' share of this stretch is asked for by all groups of all tiles; where it has been asked for already, one line is
    // asked for again and again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Multiply(IntegerTileArguments* arguments, Weight weight, in PanelWalk place, int asked, in TileRows tiles)
    {
        var share = place.Panels * Panel * RowBytes(place.Depth);
        var before = share * asked / AskedParts;
        share -= before;
        arguments->Groups = place.Depth / TBlock.GroupSize;
        arguments->Ahead = share == 0 ? arguments->Weights : Ahead(weight, place) + before;
        arguments->AheadStep = (nint)(share / (arguments->Groups * tiles.Count));
        Tiles(arguments, _tiles[tiles.Most, place.Panels], tiles.Larger);
        Tiles(arguments, _tiles[tiles.Most - 1, place.Panels], tiles.Count - tiles.Larger);
    }

    // The first sixteen rows share the unpacking; they ask for memory too.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MultiplyAndUnpack(IntegerTileArguments* arguments, int rows)
    {
        var first = Math.Min(rows, IntegerTile.Unpacking * IntegerTile.Unpacking);
        var tiles = TileRows.Unpacking(first);
        UnpackingTiles(arguments, tiles.Most, tiles.Larger, tiles.Count);
        UnpackingTiles(arguments, tiles.Most - 1, tiles.Count - tiles.Larger, tiles.Count);
        if (rows > first)
        {
            arguments->Groups = Depth / TBlock.GroupSize;
            arguments->AheadStep = 0;
            tiles = TileRows.Fewest(rows - first);
            Tiles(arguments, _tiles[tiles.Most, 2], tiles.Larger);
            Tiles(arguments, _tiles[tiles.Most - 1, 2], tiles.Count - tiles.Larger);
        }
    }

    private void UnpackingTiles(IntegerTileArguments* arguments, int rows, int count, int sharing)
    {
        if (count > 0)
        {
            var tile = _unpackingTiles[rows, sharing];
            arguments->Groups = tile.Rounds;
            arguments->AheadStep = arguments->Next.RowBytes;
            Tiles(arguments, tile, count);
        }
    }

    private static void Tiles(IntegerTileArguments* arguments, IntegerTile tile, int count)
    {
        if (count == 0)
        {
            return;
        }

        arguments->Tiles = count;
        if (count <= BriefTiles)
        {
            tile.Function.CallBriefly(arguments);
        }
        else
        {
            tile.Function.Call(arguments);
        }

        var rows = (nint)count * tile.Rows;
        arguments->Activations += rows * arguments->ActivationStride;
        arguments->Factors += rows * FactorStride;
        arguments->Results = (float*)((byte*)arguments->Results + rows * arguments->ResultStride);
        arguments->Ahead += arguments->AheadStep * (nint)arguments->Groups * count;
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
