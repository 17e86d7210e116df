using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product for one row of activations, as decoding needs it: bound by memory, so rows of weights are read one
/// after the other from first byte to last, the order in which memory is fastest. The exact integer sum of each group
/// and its scale go to scratch; when sixteen rows are there, they are turned and become sixteen chains of fused multiply-adds,
/// group by group, as in every other way of computing the product.
/// </summary>
internal static unsafe class RowProduct<TBlock> where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Columns whose blocks are read at a time.</summary>
    private const int Unit = 256;

    /// <summary>Most columns between two turns, so that scratch has a size.</summary>
    private const int Stretch = 16384;

    // How far ahead of use weights are asked for.
    private const int Ahead = 12288;

    /// <summary>Whether this processor can run it for the format.</summary>
    public static bool IsSupported => TBlock.HasRows && Fma.IsSupported;

    /// <summary>Bytes of scratch: products, scales and minimums of sixteen rows, factors and the activations of a stretch.</summary>
    public static int ScratchBytes => 3 * Panel * RowStride * sizeof(float) + 3 * StretchGroups * sizeof(float) + Stretch + UnitBytes + 64;

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
    public static void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, in Destination destination, byte* scratch)
    {
        var room = new Room(scratch);
        for (var column = 0; column < weight.Columns; column += Stretch)
        {
            var depth = Math.Min(Stretch, weight.Columns - column);
            var ahead = weight.Address + (long)firstPanel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock) + Ahead;
            room.Take(x, column, depth);
            for (var panel = firstPanel; panel < lastPanel; panel++)
            {
                var outputs = Math.Min(Panel, weight.Rows - panel * Panel);
                var rows = weight.Address + (long)panel * Panel * weight.RowBytes + column / TBlock.ValuesPerBlock * sizeof(TBlock);
                Rows(rows, (nint)weight.RowBytes, outputs, depth, room, ahead);
                ahead += outputs * (depth / Unit) * AskedByRow;
                Chain(room, depth / TBlock.GroupSize, destination.Y + panel * Panel, outputs, column == 0, ahead);
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
            Minimums = Scales + Panel * RowStride;
            ActivationScales = Minimums + Panel * RowStride;
            MinimumFactors = ActivationScales + StretchGroups;
            Corrections = (int*)(MinimumFactors + StretchGroups);
            Activations = (sbyte*)(Corrections + StretchGroups);
            Tail = (byte*)(Activations + Stretch);
        }

        /// <summary>Takes the activations of a stretch, filled up with zeros to a whole unit, and what every row needs of them.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Take(in Activations x, int column, int depth)
        {
            var whole = (depth + Unit - 1) / Unit * Unit;
            var source = x.Integers + column;
            var order = TBlock.RowOrder;
            for (var i = 0; i < whole; i += 16)
            {
                var from = order is null ? i : i / Unit * Unit + order[i % Unit];
                (from < depth ? Vector128.Load(source + from) : Vector128<sbyte>.Zero).Store(Activations + i);
            }

            var scales = x.Scales + column / QuantizeKernel.Block;
            var sums = x.Sums + column / QuantizeKernel.SumGroup;
            for (var g = 0; g < whole / TBlock.GroupSize; g++)
            {
                var exists = g < depth / TBlock.GroupSize;
                var scale = exists ? scales[g * TBlock.GroupSize / QuantizeKernel.Block] : 0;
                var sum = !exists ? 0 : TBlock.GroupSize == QuantizeKernel.Block ? sums[2 * g] + sums[2 * g + 1] : sums[g];
                ActivationScales[g] = scale;
                Corrections[g] = TBlock.Offset * sum;
                MinimumFactors[g] = -(scale * sum);
            }
        }
    }

    // One call for all rows: they are short, a few hundred instructions.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(byte* rows, nint rowBytes, int count, int depth, in Room room, byte* ahead)
    {
        var groups = Unit / TBlock.GroupSize;
        var unitBytes = UnitBytes;
        var units = depth / Unit;
        var rest = depth % Unit / TBlock.ValuesPerBlock * sizeof(TBlock);
        var target = room.Products;
        for (; count > 0; count--, rows += rowBytes, target += RowStride)
        {
            var blocks = rows;
            var a = room.Activations;
            var factors = room.ActivationScales;
            var products = target;
            for (var u = units; u > 0; u--)
            {
                Sse.Prefetch0(ahead);
                Sse.Prefetch0(ahead + 64);
                if (AskedByRow > 128)
                {
                    Sse.Prefetch0(ahead + 128);
                }

                if (AskedByRow > 192)
                {
                    Sse.Prefetch0(ahead + 192);
                }

                ahead += AskedByRow;
                One(blocks, a, factors, products);
                blocks += unitBytes;
                a += Unit;
                factors += groups;
                products += groups;
            }

            if (rest != 0)
            {
                // The last blocks of a row, in a room of their own: what lies behind them may not exist.
                new ReadOnlySpan<byte>(blocks, rest).CopyTo(new Span<byte>(room.Tail, unitBytes));
                new Span<byte>(room.Tail + rest, unitBytes - rest).Clear();
                Last(room.Tail, a, factors, products);
            }
        }
    }

    // Not inlined, so that registers are kept for the loop.
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Last(byte* blocks, sbyte* a, float* factors, float* products) => One(blocks, a, factors, products);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(byte* blocks, sbyte* a, float* factors, float* products)
    {
        if (TBlock.RowOrder is not null)
        {
            var scale = TBlock.RowScales(blocks);
            Store(TBlock.RowSums(blocks, a), scale.Scales, scale.Minimums, factors, products);
            return;
        }

        var d0 = Dot(TBlock.Integers(blocks, 0), a);
        var d1 = Dot(TBlock.Integers(blocks, 1), a + 32);
        var d2 = Dot(TBlock.Integers(blocks, 2), a + 64);
        var d3 = Dot(TBlock.Integers(blocks, 3), a + 96);
        var d4 = Dot(TBlock.Integers(blocks, 4), a + 128);
        var d5 = Dot(TBlock.Integers(blocks, 5), a + 160);
        var d6 = Dot(TBlock.Integers(blocks, 6), a + 192);
        var d7 = Dot(TBlock.Integers(blocks, 7), a + 224);
        var s = TBlock.RowScales(blocks);

        // Sums of neighbouring lanes: in each half of the register, four sums of four lanes each.
        var (small, pairsSmall) = (4 * 128 * TBlock.LargestInteger <= short.MaxValue, 8 * 128 * TBlock.LargestInteger <= short.MaxValue);
        var low = RowVectors.AddNeighbours(RowVectors.AddNeighbours(d0, d1, small), RowVectors.AddNeighbours(d2, d3, small), pairsSmall);
        var high = RowVectors.AddNeighbours(RowVectors.AddNeighbours(d4, d5, small), RowVectors.AddNeighbours(d6, d7, small), pairsSmall);
        if (TBlock.GroupSize == 32)
        {
            var sums = Avx2.Permute2x128(low, high, 0x20) + Avx2.Permute2x128(low, high, 0x31);
            Store(sums, s.Scales, s.Minimums, factors, products);
        }
        else
        {
            // The lower half has the even groups, the upper one the odd groups.
            Store(Interleave(low), s.Scales, s.Minimums, factors, products);
            Store(Interleave(high), s.LaterScales, s.LaterMinimums, factors + 8, products + 8);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Interleave(Vector256<int> halves) =>
        Avx2.PermuteVar8x32(halves, Vector256.Create(0, 4, 1, 5, 2, 6, 3, 7));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> sums, Vector256<float> scale, Vector256<float> minimum, float* factors, float* products)
    {
        if (TBlock.Offset != 0 && !RowVectors.TakesOffset(TBlock.LargestInteger))
        {
            sums -= Vector256.Load((int*)factors + 2 * (Stretch / TBlock.GroupSize));
        }

        Vector256.ConvertToSingle(sums).Store(products);
        (scale * Vector256.Load(factors)).Store(products + Panel * RowStride);
        if (TBlock.HasMinimums)
        {
            minimum.Store(products + 2 * Panel * RowStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Dot(Vector256<byte> q, sbyte* a) => RowVectors.Dot(q, Vector256.Load(a), TBlock.LargestInteger, TBlock.Offset);

    // Sixteen chains side by side, eight groups at a time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Chain(in Room room, int groups, float* y, int outputs, bool fresh, byte* ahead)
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
        for (var g = 0; g < groups; g += 8)
        {
            var count = Math.Min(8, groups - g);
            for (var line = 0; line < AskedByChain * TBlock.GroupSize / 32; line += 64)
            {
                Sse.Prefetch0(ahead + line);
            }

            ahead += AskedByChain * TBlock.GroupSize / 32;
            low = Eight(room, g, count, 0, low);
            high = Eight(room, g, count, 8 * RowStride, high);
        }

        low.Store(target);
        high.Store(target + 8);
        if (outputs < Panel)
        {
            new ReadOnlySpan<float>(edge, outputs).CopyTo(new Span<float>(y, outputs));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Eight(in Room room, int group, int count, int at, Vector256<float> sums)
    {
        var p = Turned.Load(room.Products + at + group, RowStride);
        var s = Turned.Load(room.Scales + at + group, RowStride);
        if (TBlock.HasMinimums)
        {
            var m = Turned.Load(room.Minimums + at + group, RowStride);
            var f = room.MinimumFactors + group;
            sums = Fma.MultiplyAdd(m.V0, Vector256.Create(f[0]), Fma.MultiplyAdd(p.V0, s.V0, sums));
            sums = count < 2 ? sums : Fma.MultiplyAdd(m.V1, Vector256.Create(f[1]), Fma.MultiplyAdd(p.V1, s.V1, sums));
            sums = count < 3 ? sums : Fma.MultiplyAdd(m.V2, Vector256.Create(f[2]), Fma.MultiplyAdd(p.V2, s.V2, sums));
            sums = count < 4 ? sums : Fma.MultiplyAdd(m.V3, Vector256.Create(f[3]), Fma.MultiplyAdd(p.V3, s.V3, sums));
            sums = count < 5 ? sums : Fma.MultiplyAdd(m.V4, Vector256.Create(f[4]), Fma.MultiplyAdd(p.V4, s.V4, sums));
            sums = count < 6 ? sums : Fma.MultiplyAdd(m.V5, Vector256.Create(f[5]), Fma.MultiplyAdd(p.V5, s.V5, sums));
            sums = count < 7 ? sums : Fma.MultiplyAdd(m.V6, Vector256.Create(f[6]), Fma.MultiplyAdd(p.V6, s.V6, sums));
            return count < 8 ? sums : Fma.MultiplyAdd(m.V7, Vector256.Create(f[7]), Fma.MultiplyAdd(p.V7, s.V7, sums));
        }

        sums = Fma.MultiplyAdd(p.V0, s.V0, sums);
        sums = count < 2 ? sums : Fma.MultiplyAdd(p.V1, s.V1, sums);
        sums = count < 3 ? sums : Fma.MultiplyAdd(p.V2, s.V2, sums);
        sums = count < 4 ? sums : Fma.MultiplyAdd(p.V3, s.V3, sums);
        sums = count < 5 ? sums : Fma.MultiplyAdd(p.V4, s.V4, sums);
        sums = count < 6 ? sums : Fma.MultiplyAdd(p.V5, s.V5, sums);
        sums = count < 7 ? sums : Fma.MultiplyAdd(p.V6, s.V6, sums);
        return count < 8 ? sums : Fma.MultiplyAdd(p.V7, s.V7, sums);
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
