using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Assembly;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product for several rows around <see cref="IntegerTile256"/>: a panel of weights is unpacked, up to 512 columns at a time, and
/// stays in the first-level cache while rows of activations pass by, three at a time.
/// </summary>
/// <typeparam name="TBlock">The weights' format.</typeparam>
internal sealed unsafe class AssembledManyRows<TBlock> : MatMulKernel, IAssembled where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Depth = IntegerTile256.Depth;

    /// <summary>Most columns whose activations are made ready at a time.</summary>
    private const int MostColumns = 16384;

    /// <summary>Bytes of activations that are made ready at a time: what stays in the second-level cache.</summary>
    private const int ReadyBytes = 1 << 20;

    private static readonly IntegerTile256[] Tiles = [.. Enumerable.Range(1, ThreeRowTiles.Most).Select(Tile)];
    private static readonly IntegerTile256 Shape = Tiles[0];

    public override ActivationKind Activations => ActivationKind.Int8;

    public IEnumerable<AssembledFunction> Functions => Tiles.Select(tile => tile.Function);

    public override int ScratchBytes => ReadyAt + ReadyBytes;

    // Behind a panel and results of one that is not full.
    private static int ReadyAt => Shape.PanelBytes + RowParts.Most * Panel * sizeof(float);

    private static bool Widened => Shape.Product == TileProduct256.Shorts;

    private static int LargestSigned => Math.Max(TBlock.Offset, TBlock.LargestInteger - TBlock.Offset);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var columns = Math.Min(weight.Columns, MostColumns);
        var together = RowParts.Together(rows, Math.Min(RowParts.Most, ReadyBytes / Ready.RowBytes(columns)));
        kept &= rows <= together && columns == weight.Columns;
        for (var row = 0; row < rows; row += together)
        {
            var count = Math.Min(together, rows - row);
            for (var column = 0; column < weight.Columns; column += columns)
            {
                var ready = new Ready(scratch + ReadyAt, x.From(row), column, Math.Min(columns, weight.Columns - column));
                for (var r = 0; r < count && !kept; r++)
                {
                    ready.Take(r);
                }

                for (var panel = firstPanel; panel < lastPanel; panel++)
                {
                    OnePanel(weight, panel, panel + 1 < lastPanel, ready, count, destination.From(row), scratch);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OnePanel(Weight weight, int panel, bool more, in Ready ready, int rows, in Destination destination, byte* scratch)
    {
        var output = panel * Panel;
        var outputs = Math.Min(Panel, weight.Rows - output);
        var source = weight.Address + output * weight.RowBytes;
        var scales = (float*)(scratch + Shape.ScalesAt);
        var minimums = (float*)(scratch + Shape.MinimumsAt);

        // The last panel may not be full: sixteen results must not be written beyond the row.
        var edge = (float*)(scratch + Shape.PanelBytes);
        var whole = outputs == Panel;
        var arguments = new IntegerTile256Arguments
        {
            Weights = scratch,
            ResultStride = (whole ? destination.Stride : Panel) * sizeof(float),
            Ones = 0x1_0001,
        };
        for (var column = 0; column < ready.Columns; column += Depth)
        {
            var depth = Math.Min(Depth, ready.Columns - column);
            var firstBlock = (ready.First + column) / TBlock.ValuesPerBlock;
            var blocks = depth / TBlock.ValuesPerBlock;

            // The next panel, as far through it as this one is unpacked by now: what the tiles have no time to ask for at once.
            var next = source + Panel * (weight.RowBytes + firstBlock * sizeof(TBlock));
            var share = more ? blocks * sizeof(TBlock) * Panel : 0;
            var steps = depth / QuantizeKernel.Block * TilesOf(rows);
            var early = Math.Max(0, share - steps * IntegerTile256.AskedBytes);
            Prefetch.Near(next, early);
            TBlock.UnpackPanel(source + firstBlock * sizeof(TBlock), (nint)weight.RowBytes, outputs - 1, blocks, scratch, scales, minimums);
            if (Widened)
            {
                ShortTile<TBlock>.Prepare(scratch, Panel * depth);
            }

            arguments.Results = whole ? destination.Y + output : edge;
            arguments.Blocks = depth / QuantizeKernel.Block;
            arguments.Fresh = ready.First + column == 0 ? 1 : 0;
            arguments.Ahead = more ? next + early : scratch;
            arguments.AheadStep = (share - early) / steps;
            ready.Give(&arguments, column);
            ThreeRowTiles.Pass<IntegerTile256>(Tiles, rows, &arguments, ref arguments.Tiles);
        }

        if (ready.Last < weight.Columns)
        {
            return;
        }

        for (var r = 0; r < rows && !whole; r++)
        {
            new Span<float>(edge + r * Panel, outputs).CopyTo(new Span<float>(destination.Y + (nint)r * destination.Stride + output, outputs));
        }

        Finish(destination, output, outputs, rows);
    }

    private static int TilesOf(int rows) => (rows + ThreeRowTiles.Most - 1) / ThreeRowTiles.Most;

    private static IntegerTile256 Tile(int rows)
    {
        if (TBlock.Offset != 0 && TBlock.HasMinimums)
        {
            throw new NotSupportedException($"{TBlock.Name}: a group has one term, of its offset or of its minimum");
        }

        var quads = TBlock.GroupSize / 4;
        var most = short.MaxValue / (2 * sbyte.MaxValue);
        var inWords = TBlock.LargestInteger <= sbyte.MaxValue && (TBlock.Offset == 0 || LargestSigned * quads <= most);
        var product = AvxVnni.IsSupported ? TileProduct256.Dots : inWords ? TileProduct256.Words : TileProduct256.Shorts;
        var chain = TBlock.Offset == 0 && product == TileProduct256.Words ? Math.Min(quads, 1 << BitOperations.Log2((uint)(most / TBlock.LargestInteger))) : quads;
        return new(product, TBlock.GroupSize, chain, TBlock.Offset != 0 && product != TileProduct256.Shorts, TBlock.HasMinimums, rows);
    }

    /// <summary>Rows of activations at some columns, and what is made of them for all panels.</summary>
    /// <param name="room">Where that lies.</param>
    /// <param name="x">The rows.</param>
    /// <param name="first">The first column.</param>
    /// <param name="columns">How many.</param>
    private readonly struct Ready(byte* room, in Activations x, int first, int columns)
    {
        private readonly Activations _x = x;

        public readonly int First = first;
        public readonly int Columns = columns;

        public int Last => First + Columns;

        private int TermStride => Columns / TBlock.GroupSize * sizeof(int);

        /// <summary>Bytes for a row of so many columns.</summary>
        public static int RowBytes(int columns) => columns / TBlock.GroupSize * sizeof(int) + (Widened ? columns * sizeof(short) : 0);

        /// <summary>Makes a row ready.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(int row)
        {
            var x = _x.From(row);
            var to = room + (nint)row * RowBytes(Columns);
            if (Widened)
            {
                ShortTile<TBlock>.Widen(x.Integers + First, Columns, (short*)(to + TermStride));
            }
            else if (Shape is { HasCorrections: true, Product: TileProduct256.Words })
            {
                PairTerms(x.Integers + First, Columns, (int*)to);
            }
            else if (Shape.HasCorrections)
            {
                Corrections(x.Sums + First / QuantizeKernel.SumGroup, Columns / TBlock.GroupSize, (int*)to);
            }
            else if (TBlock.HasMinimums)
            {
                GroupTerms<TBlock>.Of(x.Sums + First / QuantizeKernel.SumGroup, x.Scales + First / QuantizeKernel.Block, Columns / TBlock.GroupSize, null, (float*)to);
            }
        }

        /// <summary>Says where the rows are at a column.</summary>
        public void Give(IntegerTile256Arguments* arguments, int column)
        {
            arguments->Activations = Widened ? room + TermStride + column * sizeof(short) : (byte*)_x.Integers + First + column;
            arguments->ActivationStride = Widened ? RowBytes(Columns) : _x.Stride;
            arguments->Scales = _x.Scales + (First + column) / QuantizeKernel.Block;
            arguments->ScaleStride = _x.Stride / QuantizeKernel.Block * sizeof(float);
            arguments->Terms = (int*)room + column / TBlock.GroupSize;
            arguments->TermStride = RowBytes(Columns);
        }

        // What the offset takes away from a group's sum.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Corrections(int* sums, int groups, int* terms)
        {
            for (var g = 0; g < groups; g++)
            {
                terms[g] = -TBlock.Offset * (TBlock.GroupSize == QuantizeKernel.Block ? sums[2 * g] + sums[2 * g + 1] : sums[g]);
            }
        }

        // What it takes away from both sums of 16 bits of a group.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void PairTerms(sbyte* activations, int columns, int* terms)
        {
            var offset = Vector256.Create((short)-TBlock.Offset);
            for (var column = 0; column < columns; column += 32)
            {
                var sums = Avx2.MultiplyAddAdjacent(Vector256<byte>.One, Vector256.Load(activations + column));
                sums += Avx2.Shuffle(sums.AsInt32(), 0b01_00_11_10).AsInt16();
                sums += Avx2.Shuffle(sums.AsInt32(), 0b10_11_00_01).AsInt16();
                if (TBlock.GroupSize == 32)
                {
                    sums += Avx2.Permute2x128(sums, sums, 1);
                    *terms++ = (sums * offset).AsInt32().ToScalar();
                }
                else
                {
                    sums *= offset;
                    *terms++ = sums.AsInt32().ToScalar();
                    *terms++ = sums.AsInt32().GetElement(4);
                }
            }
        }
    }
}
