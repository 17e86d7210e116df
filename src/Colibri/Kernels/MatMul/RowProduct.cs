using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product for one row of activations, as decoding needs it: bound by memory, so rows of weights are read one
/// after the other from first byte to last, the order in which memory is fastest. The exact integer sum of each group
/// goes to scratch; when sixteen rows are there, they are turned and become sixteen chains of fused multiply-adds, group by group,
/// as in every other way of computing the product. Scales are unpacked for sixteen rows at a time, while their bytes are near.
/// </summary>
internal static unsafe class RowProduct<TBlock> where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Columns whose blocks are read at a time.</summary>
    private const int Unit = 256;

    /// <summary>Most columns between two turns, so that scratch has a size.</summary>
    private const int Stretch = 16384;

    // How far ahead of use weights are asked for, into the second-level cache: few lines may be on their way into the first (11 against 15 GB/s
    // a core from memory, Zen 4).
    private const int Ahead = 16384;

    private static readonly ActivationOrder Order = new(TBlock.RowOrder ?? [.. Enumerable.Range(0, Unit)]);

    /// <summary>Whether this processor can run it for the format.</summary>
    public static bool IsSupported => TBlock.HasRows && Fma.IsSupported;

    /// <summary>Bytes of scratch: sums of sixteen rows, their scales and minimums in a unit, factors and the activations of a stretch.</summary>
    public static int ScratchBytes => (Panel * RowStride + 2 * Panel * UnitGroups + 3 * StretchGroups) * sizeof(float) + Stretch + Panel * UnitBytes + 64;

    private static int UnitBytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unit / TBlock.ValuesPerBlock * sizeof(TBlock);
    }

    /// <summary>Bytes of what comes next that are asked for with each unit of a row: eight ninths.</summary>
    private static int AskedByRow
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => UnitBytes * 8 / 9;
    }

    /// <summary>Bytes that are asked for with sixteen rows' chains of a unit: the rest, so that memory does not idle meanwhile.</summary>
    private static int AskedByChain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Panel * (UnitBytes - AskedByRow);
    }

    private static int UnitGroups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Unit / TBlock.GroupSize;
    }

    private static int StretchGroups
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Stretch / TBlock.GroupSize;
    }

    /// <summary>Floats from one row's products to the next; a power of two would let all rows meet in a few places of the cache.</summary>
    private static int RowStride
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Stretch / TBlock.GroupSize + 16;
    }

    /// <inheritdoc cref="MatMulKernel.Run"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, in Destination destination, byte* scratch, bool kept)
    {
        var room = new Room(scratch);
        kept &= weight.Columns <= Stretch;
        for (var column = 0; column < weight.Columns; column += Stretch)
        {
            var depth = Math.Min(Stretch, weight.Columns - column);
            var ahead = weight.Address + (long)firstPanel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock) + Ahead;
            if (!kept)
            {
                room.Take(x, column, depth);
            }

            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                var outputs = Math.Min(Panel, weight.Rows - panel * Panel);
                var rows = weight.Address + (long)panel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock);
                Rows(rows, (nint)weight.RowBytes, outputs, depth, room, ahead);
                ahead += outputs * (depth / Unit) * AskedByRow;
                Chain(rows, (nint)weight.RowBytes, room, depth, destination.Y + panel * Panel, outputs, column == 0, ahead);
                ahead += depth / Unit * AskedByChain;
            }
        }
    }

    /// <summary>Where things lie in scratch.</summary>
    private readonly struct Room
    {
        public readonly float* Products;
        public readonly float* Scales;
        public readonly float* Minimums;
        public readonly float* ActivationScales;
        public readonly float* MinimumFactors;
        public readonly int* Corrections;
        public readonly sbyte* Activations;
        public readonly byte* Tail;

        public Room(byte* scratch)
        {
            Products = (float*)scratch;
            Scales = Products + Panel * RowStride;
            Minimums = Scales + Panel * UnitGroups;
            ActivationScales = Minimums + Panel * UnitGroups;
            MinimumFactors = ActivationScales + StretchGroups;
            Corrections = (int*)(MinimumFactors + StretchGroups);
            Activations = (sbyte*)(Corrections + StretchGroups);
            Tail = (byte*)(Activations + Stretch);
        }

        /// <summary>Takes the activations of a stretch, filled up with zeros to a whole unit, and what every row needs of them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(in Activations x, int column, int depth)
        {
            Order.Copy(x.Integers + column, depth, Activations);
            var scales = x.Scales + column / QuantizeKernel.Block;
            for (var g = 0; g < depth / TBlock.GroupSize; g++)
            {
                ActivationScales[g] = scales[g * TBlock.GroupSize / QuantizeKernel.Block];
            }

            GroupTerms<TBlock>.Of(x.Sums + column / QuantizeKernel.SumGroup, scales, depth / TBlock.GroupSize, Corrections, MinimumFactors);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(byte* rows, nint rowBytes, int count, int depth, in Room room, byte* ahead)
    {
        var units = depth / Unit;
        var rest = depth % Unit / TBlock.ValuesPerBlock * sizeof(TBlock);
        var target = room.Products;
        for (; count > 0; count--, rows += rowBytes, target += RowStride, ahead += units * AskedByRow)
        {
            Row(rows, units, room.Activations, room.Corrections, target, ahead);
            if (rest != 0)
            {
                // The last blocks of a row, in a room of their own: what lies behind them may not exist.
                new ReadOnlySpan<byte>(rows + units * UnitBytes, rest).CopyTo(new Span<byte>(room.Tail, UnitBytes));
                new Span<byte>(room.Tail + rest, UnitBytes - rest).Clear();
                Row(room.Tail, 1, room.Activations + units * Unit, room.Corrections + units * UnitGroups, target + units * UnitGroups, ahead);
            }
        }
    }

    // Whole units of one row: alone in a method, so that all of the loop's values have registers.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Row(byte* blocks, int units, sbyte* a, int* corrections, float* products, byte* ahead)
    {
        for (; units > 0; units--, blocks += UnitBytes, a += Unit, corrections += UnitGroups, products += UnitGroups, ahead += AskedByRow)
        {
            Prefetch.Lines(ahead, (AskedByRow + 63) / 64);
            One(blocks, a, corrections, products);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(byte* blocks, sbyte* a, int* corrections, float* products)
    {
        if (TBlock.RowOrder is not null)
        {
            var (first, second) = TBlock.RowSums(blocks, a);
            Store(first, corrections, products);
            if (TBlock.GroupSize == 16)
            {
                Store(second, corrections + 8, products + 8);
            }

            return;
        }

        // In each half of the register, four lanes of four sums each.
        var low = Four(blocks, 0, a);
        var high = Four(blocks, 4, a);
        if (TBlock.GroupSize == 32)
        {
            Store(Avx2.Permute2x128(low, high, 0x20) + Avx2.Permute2x128(low, high, 0x31), corrections, products);
        }
        else
        {
            // The lower half has the even groups, the upper one the odd groups.
            Store(RowVectors.Interleave(low), corrections, products);
            Store(RowVectors.Interleave(high), corrections + 8, products + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> sums, int* corrections, float* products)
    {
        if (TBlock.Offset != 0 && !RowVectors.TakesOffset(TBlock.LargestInteger))
        {
            sums -= Vector256.Load(corrections);
        }

        Vector256.ConvertToSingle(sums).Store(products);
    }

    // The sums of four times 32 columns, of each half apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Four(byte* blocks, int index, sbyte* a)
    {
        // Whether sums of four and of eight products fit 16 bits.
        var (four, eight) = (4 * 128 * TBlock.LargestInteger <= short.MaxValue, 8 * 128 * TBlock.LargestInteger <= short.MaxValue);
        return four && !AvxVnni.IsSupported
            ? RowVectors.AddNeighbours(
                RowVectors.AddWords(Words(blocks, index, a), Words(blocks, index + 1, a)),
                RowVectors.AddWords(Words(blocks, index + 2, a), Words(blocks, index + 3, a)),
                eight)
            : RowVectors.AddNeighbours(
                RowVectors.AddNeighbours(Dot(blocks, index, a), Dot(blocks, index + 1, a), four),
                RowVectors.AddNeighbours(Dot(blocks, index + 2, a), Dot(blocks, index + 3, a), four),
                eight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Words(byte* blocks, int index, sbyte* a) =>
        Avx2.MultiplyAddAdjacent(TBlock.Integers(blocks, index), Vector256.Load(a + 32 * index));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(byte* blocks, int index, sbyte* a) => RowVectors.Dot(TBlock.Integers(blocks, index), a + 32 * index, TBlock.LargestInteger);

    // Sixteen chains side by side, a unit at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chain(byte* rows, nint rowBytes, in Room room, int depth, float* y, int outputs, bool fresh, byte* ahead)
    {
        var edge = stackalloc float[Panel];
        var target = y;
        if (outputs < Panel)
        {
            new ReadOnlySpan<float>(y, outputs).CopyTo(new Span<float>(edge, Panel));
            target = edge;
        }

        var low = fresh ? Vector256<float>.Zero : Vector256.Load(target);
        var high = fresh ? Vector256<float>.Zero : Vector256.Load(target + 8);
        var group = 0;
        for (var column = 0; column < depth; column += Unit, rows += UnitBytes)
        {
            Prefetch.Lines(ahead, (AskedByChain + 63) / 64);
            ahead += AskedByChain;
            var taken = Math.Min(Unit, depth - column);
            Panels.Scales<TBlock>(rows, rowBytes, outputs - 1, taken / TBlock.ValuesPerBlock, room.Scales, room.Minimums);
            for (var g = 0; g < taken / TBlock.GroupSize; g += 8, group += 8)
            {
                var count = Math.Min(8, taken / TBlock.GroupSize - g);
                low = Eight(room, group, g, count, 0, low);
                high = Eight(room, group, g, count, 8, high);
            }
        }

        low.Store(target);
        high.Store(target + 8);
        if (outputs < Panel)
        {
            new ReadOnlySpan<float>(edge, outputs).CopyTo(new Span<float>(y, outputs));
        }
    }

    // Up to eight groups of eight rows: the groups of the stretch from the first one on, whose scales are those of the unit from another on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight(in Room room, int group, int unitGroup, int count, int firstRow, Vector256<float> sums)
    {
        var p = Turned.Load(room.Products + firstRow * RowStride + group, RowStride);
        var s = room.Scales + unitGroup * Panel + firstRow;
        var m = room.Minimums + unitGroup * Panel + firstRow;
        var a = room.ActivationScales + group;
        var f = room.MinimumFactors + group;
        sums = Next(sums, p.V0, s, a, m, f);
        if (count == 8)
        {
            sums = Next(sums, p.V1, s + Panel, a + 1, m + Panel, f + 1);
            sums = Next(sums, p.V2, s + 2 * Panel, a + 2, m + 2 * Panel, f + 2);
            sums = Next(sums, p.V3, s + 3 * Panel, a + 3, m + 3 * Panel, f + 3);
            sums = Next(sums, p.V4, s + 4 * Panel, a + 4, m + 4 * Panel, f + 4);
            sums = Next(sums, p.V5, s + 5 * Panel, a + 5, m + 5 * Panel, f + 5);
            sums = Next(sums, p.V6, s + 6 * Panel, a + 6, m + 6 * Panel, f + 6);
            return Next(sums, p.V7, s + 7 * Panel, a + 7, m + 7 * Panel, f + 7);
        }

        sums = count < 2 ? sums : Next(sums, p.V1, s + Panel, a + 1, m + Panel, f + 1);
        sums = count < 3 ? sums : Next(sums, p.V2, s + 2 * Panel, a + 2, m + 2 * Panel, f + 2);
        sums = count < 4 ? sums : Next(sums, p.V3, s + 3 * Panel, a + 3, m + 3 * Panel, f + 3);
        sums = count < 5 ? sums : Next(sums, p.V4, s + 4 * Panel, a + 4, m + 4 * Panel, f + 4);
        sums = count < 6 ? sums : Next(sums, p.V5, s + 5 * Panel, a + 5, m + 5 * Panel, f + 5);
        return count < 7 ? sums : Next(sums, p.V6, s + 6 * Panel, a + 6, m + 6 * Panel, f + 6);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Next(Vector256<float> sums, Vector256<float> products, float* scales, float* activationScale, float* minimums, float* factor)
    {
        sums = Fma.MultiplyAdd(products, Vector256.Load(scales) * Avx.BroadcastScalarToVector256(activationScale), sums);
        return TBlock.HasMinimums ? Fma.MultiplyAdd(Vector256.Load(minimums), Avx.BroadcastScalarToVector256(factor), sums) : sums;
    }

    /// <summary>Eight columns of eight rows, a column in each register.</summary>
    private readonly struct Turned(
        Vector256<float> v0, Vector256<float> v1, Vector256<float> v2, Vector256<float> v3,
        Vector256<float> v4, Vector256<float> v5, Vector256<float> v6, Vector256<float> v7)
    {
        public readonly Vector256<float> V0 = v0;
        public readonly Vector256<float> V1 = v1;
        public readonly Vector256<float> V2 = v2;
        public readonly Vector256<float> V3 = v3;
        public readonly Vector256<float> V4 = v4;
        public readonly Vector256<float> V5 = v5;
        public readonly Vector256<float> V6 = v6;
        public readonly Vector256<float> V7 = v7;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Turned Load(float* rows, int stride)
        {
            var (a, b, c, d) = (Vector256.Load(rows), Vector256.Load(rows + stride), Vector256.Load(rows + 2 * stride), Vector256.Load(rows + 3 * stride));
            rows += 4 * stride;
            var (e, f, g, h) = (Vector256.Load(rows), Vector256.Load(rows + stride), Vector256.Load(rows + 2 * stride), Vector256.Load(rows + 3 * stride));
            var (ab0, ab1) = (Avx.UnpackLow(a, b).AsDouble(), Avx.UnpackHigh(a, b).AsDouble());
            var (cd0, cd1) = (Avx.UnpackLow(c, d).AsDouble(), Avx.UnpackHigh(c, d).AsDouble());
            var (ef0, ef1) = (Avx.UnpackLow(e, f).AsDouble(), Avx.UnpackHigh(e, f).AsDouble());
            var (gh0, gh1) = (Avx.UnpackLow(g, h).AsDouble(), Avx.UnpackHigh(g, h).AsDouble());

            // Columns 0 to 3 in the lower halves and 4 to 7 in the upper ones, rows 0 to 3 and rows 4 to 7.
            var (top0, top1) = (Avx.UnpackLow(ab0, cd0).AsSingle(), Avx.UnpackHigh(ab0, cd0).AsSingle());
            var (top2, top3) = (Avx.UnpackLow(ab1, cd1).AsSingle(), Avx.UnpackHigh(ab1, cd1).AsSingle());
            var (low0, low1) = (Avx.UnpackLow(ef0, gh0).AsSingle(), Avx.UnpackHigh(ef0, gh0).AsSingle());
            var (low2, low3) = (Avx.UnpackLow(ef1, gh1).AsSingle(), Avx.UnpackHigh(ef1, gh1).AsSingle());
            return new(
                Avx.Permute2x128(top0, low0, 0x20), Avx.Permute2x128(top1, low1, 0x20), Avx.Permute2x128(top2, low2, 0x20), Avx.Permute2x128(top3, low3, 0x20),
                Avx.Permute2x128(top0, low0, 0x31), Avx.Permute2x128(top1, low1, 0x31), Avx.Permute2x128(top2, low2, 0x31), Avx.Permute2x128(top3, low3, 0x31));
        }
    }
}
