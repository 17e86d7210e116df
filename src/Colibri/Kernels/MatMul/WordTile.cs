using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Rows of activations times a panel with AVX2 and no more. <c>vpmaddubsw</c> adds two products in 16 bits; integers of few bits let
/// several such sums be added there (eight for 4 bits) before <c>vpmaddwd</c> widens them, so an instruction and a bit does the work of
/// <c>vpdpbusd</c>. For integers of at most seven bits; <see cref="ShortTile{TBlock}"/> takes the others.
/// </summary>
internal readonly unsafe struct WordTile<TBlock> : IPanelTile where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Bytes of four columns.</summary>
    private const int Quad = 4 * Panel;

    /// <summary>Most groups of a stretch: 512 columns in groups of 16.</summary>
    private const int MostGroups = 32;

    public static bool IsWide => true;

    /// <summary>Sums of two products that are added in 16 bits: 1, 2, 4 or 8.</summary>
    private static int Chain
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            var most = short.MaxValue / (2 * sbyte.MaxValue * TBlock.LargestInteger);
            var whole = TBlock.GroupSize / 4;
            return most >= whole ? whole : most >= 4 ? 4 : most >= 2 ? 2 : 1;
        }
    }

    /// <summary>Quads that are taken in one round of the inner loop.</summary>
    private static int AtOnce
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(Chain, 4);
    }

    /// <summary>Rows of activations at a time: as many as have room in sixteen registers.</summary>
    private static int RowsAtOnce
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Chain == TBlock.GroupSize / 4 ? 3 : 2;
    }

    public static int PanelBytes => 1;

    public static void Prepare(byte* q, int count)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(in Activations x, int rows, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
    {
        // Where three rows fit: three at a time, but the last four as two and two.
        var r = 0;
        if (RowsAtOnce == 3)
        {
            for (; rows - r > 4 || rows - r == 3; r += 3)
            {
                Some<ThreeRows>(x.From(r), depth, q, scales, minimums, y + r * stride, stride, fresh);
            }
        }

        for (; r + 2 <= rows; r += 2)
        {
            Some<TwoRows>(x.From(r), depth, q, scales, minimums, y + r * stride, stride, fresh);
        }

        if (r < rows)
        {
            Some<OneRow>(x.From(r), depth, q, scales, minimums, y + r * stride, stride, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Some<TRows>(Activations x, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
        where TRows : unmanaged, IRowCount
    {
        // What a row's groups have in common for all outputs: the offset's part of a sum, and what minimums are multiplied by.
        var corrections = stackalloc int[3 * MostGroups];
        var factors = stackalloc float[3 * MostGroups];
        var scaleStride = (nint)x.Stride / QuantizeKernel.Block;
        for (var row = 0; row < TRows.Count; row++)
        {
            GroupTerms<TBlock>.Of(x.Sums + row * (nint)x.Stride / QuantizeKernel.SumGroup, x.Scales + row * scaleStride, depth / TBlock.GroupSize, corrections + row * MostGroups, factors + row * MostGroups);
        }

        var a0 = x.Integers;
        var a1 = a0 + (nint)x.Stride;
        var a2 = a1 + (nint)x.Stride;
        var activationScales = x.Scales;
        var f0 = fresh ? default : PanelChains<TBlock>.Load(y);
        var f1 = fresh || TRows.Count < 2 ? default : PanelChains<TBlock>.Load(y + stride);
        var f2 = fresh || TRows.Count < 3 ? default : PanelChains<TBlock>.Load(y + 2 * stride);
        for (var group = 0; group < depth / TBlock.GroupSize; group++)
        {
            var (i0, i1, i2) = (default(Integers), default(Integers), default(Integers));
            for (var chain = 0; chain < TBlock.GroupSize / 4; chain += Chain)
            {
                var (w0, w1, w2) = (default(Words), default(Words), default(Words));
                for (var k = 0; k < Chain; k += AtOnce)
                {
                    var weights = Weights.Load(q);
                    w0 = w0.Add(weights, a0);
                    w1 = TRows.Count < 2 ? w1 : w1.Add(weights, a1);
                    w2 = TRows.Count < 3 ? w2 : w2.Add(weights, a2);
                    if (AtOnce > 1)
                    {
                        weights = Weights.Load(q + Quad);
                        w0 = w0.Add(weights, a0 + 4);
                        w1 = TRows.Count < 2 ? w1 : w1.Add(weights, a1 + 4);
                        w2 = TRows.Count < 3 ? w2 : w2.Add(weights, a2 + 4);
                    }

                    if (AtOnce > 2)
                    {
                        weights = Weights.Load(q + 2 * Quad);
                        w0 = w0.Add(weights, a0 + 8);
                        w1 = TRows.Count < 2 ? w1 : w1.Add(weights, a1 + 8);
                        w2 = TRows.Count < 3 ? w2 : w2.Add(weights, a2 + 8);
                        weights = Weights.Load(q + 3 * Quad);
                        w0 = w0.Add(weights, a0 + 12);
                        w1 = TRows.Count < 2 ? w1 : w1.Add(weights, a1 + 12);
                        w2 = TRows.Count < 3 ? w2 : w2.Add(weights, a2 + 12);
                    }

                    q += AtOnce * Quad;
                    a0 += AtOnce * 4;
                    a1 += AtOnce * 4;
                    a2 += AtOnce * 4;
                }

                i0 = i0.Add(w0);
                i1 = TRows.Count < 2 ? i1 : i1.Add(w1);
                i2 = TRows.Count < 3 ? i2 : i2.Add(w2);
            }

            var scale = PanelChains<TBlock>.Load(scales);
            var minimum = TBlock.HasMinimums ? PanelChains<TBlock>.Load(minimums) : default;
            scales += Panel;
            minimums += Panel;
            var block = activationScales + group * TBlock.GroupSize / QuantizeKernel.Block;
            f0 = f0.Add(i0.Low, i0.High, corrections + group, scale, block, minimum, factors + group);
            if (TRows.Count > 1)
            {
                f1 = f1.Add(i1.Low, i1.High, corrections + MostGroups + group, scale, block + scaleStride, minimum, factors + MostGroups + group);
            }

            if (TRows.Count > 2)
            {
                f2 = f2.Add(i2.Low, i2.High, corrections + 2 * MostGroups + group, scale, block + 2 * scaleStride, minimum, factors + 2 * MostGroups + group);
            }
        }

        f0.Store(y);
        if (TRows.Count > 1)
        {
            f1.Store(y + stride);
        }

        if (TRows.Count > 2)
        {
            f2.Store(y + 2 * stride);
        }
    }

    /// <summary>Four columns of a panel.</summary>
    private readonly struct Weights(Vector256<byte> low, Vector256<byte> high)
    {
        public readonly Vector256<byte> Low = low;
        public readonly Vector256<byte> High = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Weights Load(byte* q) => new(Vector256.Load(q), Vector256.Load(q + 32));
    }

    /// <summary>Two 16-bit sums for each of sixteen outputs.</summary>
    private readonly struct Words(Vector256<short> low, Vector256<short> high)
    {
        public readonly Vector256<short> Low = low;
        public readonly Vector256<short> High = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Words Add(Weights weights, sbyte* activations)
        {
            var four = Avx2.BroadcastScalarToVector256((int*)activations).AsSByte();
            return new(Low + Avx2.MultiplyAddAdjacent(weights.Low, four), High + Avx2.MultiplyAddAdjacent(weights.High, four));
        }
    }

    /// <summary>An exact sum for each of sixteen outputs.</summary>
    private readonly struct Integers(Vector256<int> low, Vector256<int> high)
    {
        public readonly Vector256<int> Low = low;
        public readonly Vector256<int> High = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Integers Add(Words words) =>
            new(Low + Avx2.MultiplyAddAdjacent(words.Low, Vector256<short>.One), High + Avx2.MultiplyAddAdjacent(words.High, Vector256<short>.One));
    }
}
