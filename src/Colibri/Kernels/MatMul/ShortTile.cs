using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Colibri.Formats;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// Rows of activations times a panel with AVX2 and no more, for integers of eight bits in groups of 32: sums of two such products do not
/// fit 16 bits, so both sides are widened to 16 bits and multiplied by <c>vpmaddwd</c>, exactly. Of four columns the even ones are
/// one pair and the odd ones the other.
/// </summary>
internal readonly unsafe struct ShortTile<TBlock> : IPanelTile where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
{
    private const int Panel = MatMulKernel.Panel;

    /// <summary>Bytes of two columns.</summary>
    private const int Pair = 2 * Panel * sizeof(short);

    /// <summary>Most columns of a stretch.</summary>
    private const int Most = 512;

    public static bool IsWide => true;

    public static int PanelBytes => sizeof(short);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Prepare(byte* q, int count)
    {
        // From the last to the first, since what is written is twice as long as what is read.
        for (var i = count - 64; i >= 0; i -= 64)
        {
            var (low, high) = (Signed(q + i), Signed(q + i + 32));
            ((low << 8) >> 8).Store((short*)(q + 2 * i));
            ((high << 8) >> 8).Store((short*)(q + 2 * i + 32));
            (low >> 8).Store((short*)(q + 2 * i + 64));
            (high >> 8).Store((short*)(q + 2 * i + 96));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(in Activations x, int rows, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
    {
        // Three at a time, but the last four as two and two.
        var words = stackalloc short[3 * Most];
        for (var r = 0; r < rows;)
        {
            var count = rows - r is 3 or > 4 ? 3 : Math.Min(rows - r, 2);
            for (var row = 0; row < count; row++)
            {
                Widen(x.Integers + (nint)(r + row) * x.Stride, depth, words + row * Most);
            }

            var (a, to) = (x.From(r), (nint)r * stride);
            switch (count)
            {
                case 3:
                    Some<ThreeRows>(words, a, depth, q, scales, y + to, stride, fresh);
                    break;
                case 2:
                    Some<TwoRows>(words, a, depth, q, scales, y + to, stride, fresh);
                    break;
                default:
                    Some<OneRow>(words, a, depth, q, scales, y + to, stride, fresh);
                    break;
            }

            r += count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Some<TRows>(short* words, Activations x, int depth, byte* q, float* scales, float* y, nint stride, bool fresh)
        where TRows : unmanaged, IRowCount
    {
        var block = x.Scales;
        var scaleStride = (nint)x.Stride / QuantizeKernel.Block;
        var f0 = fresh ? default : PanelChains<TBlock>.Load(y);
        var f1 = fresh || TRows.Count < 2 ? default : PanelChains<TBlock>.Load(y + stride);
        var f2 = fresh || TRows.Count < 3 ? default : PanelChains<TBlock>.Load(y + 2 * stride);
        for (var groups = depth / QuantizeKernel.Block; groups > 0; groups--, scales += Panel, block++)
        {
            var (s0, s1, s2) = (default(Sums), default(Sums), default(Sums));
            for (var pairs = 0; pairs < QuantizeKernel.Block / 2; pairs += 4, q += 4 * Pair, words += 8)
            {
                (s0, s1, s2) = (s0.Add(q, words), TRows.Count < 2 ? s1 : s1.Add(q, words + Most), TRows.Count < 3 ? s2 : s2.Add(q, words + 2 * Most));
                (s0, s1, s2) = (
                    s0.Add(q + Pair, words + 2), TRows.Count < 2 ? s1 : s1.Add(q + Pair, words + Most + 2), TRows.Count < 3 ? s2 : s2.Add(q + Pair, words + 2 * Most + 2));
                (s0, s1, s2) = (
                    s0.Add(q + 2 * Pair, words + 4), TRows.Count < 2 ? s1 : s1.Add(q + 2 * Pair, words + Most + 4),
                    TRows.Count < 3 ? s2 : s2.Add(q + 2 * Pair, words + 2 * Most + 4));
                (s0, s1, s2) = (
                    s0.Add(q + 3 * Pair, words + 6), TRows.Count < 2 ? s1 : s1.Add(q + 3 * Pair, words + Most + 6),
                    TRows.Count < 3 ? s2 : s2.Add(q + 3 * Pair, words + 2 * Most + 6));
            }

            var scale = PanelChains<TBlock>.Load(scales);
            f0 = f0.Add(s0.Low, s0.High, null, scale, block, default, null);
            f1 = TRows.Count < 2 ? f1 : f1.Add(s1.Low, s1.High, null, scale, block + scaleStride, default, null);
            f2 = TRows.Count < 3 ? f2 : f2.Add(s2.Low, s2.High, null, scale, block + 2 * scaleStride, default, null);
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Signed(byte* q) => (Vector256.Load(q) - Vector256.Create((byte)TBlock.Offset)).AsInt16();

    /// <summary>Widens activations: of four columns the even ones, then the odd ones.</summary>
    /// <param name="activations">8-bit activations.</param>
    /// <param name="depth">How many, a multiple of 32.</param>
    /// <param name="words">Receives as many.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(sbyte* activations, int depth, short* words)
    {
        for (var k = 0; k < depth; k += 32)
        {
            var four = Vector256.Load(activations + k).AsInt16();
            var (even, odd) = (((four << 8) >> 8).AsInt32(), (four >> 8).AsInt32());
            var (first, second) = (Avx2.UnpackLow(even, odd), Avx2.UnpackHigh(even, odd));
            Avx2.Permute2x128(first, second, 0x20).AsInt16().Store(words + k);
            Avx2.Permute2x128(first, second, 0x31).AsInt16().Store(words + k + 16);
        }
    }

    /// <summary>An exact sum for each of sixteen outputs.</summary>
    private readonly struct Sums(Vector256<int> low, Vector256<int> high)
    {
        public readonly Vector256<int> Low = low;
        public readonly Vector256<int> High = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Sums Add(byte* weights, short* words)
        {
            var pair = Avx2.BroadcastScalarToVector256((int*)words).AsInt16();
            return new(
                Low + Avx2.MultiplyAddAdjacent(Vector256.Load((short*)weights), pair), High + Avx2.MultiplyAddAdjacent(Vector256.Load((short*)(weights + 32)), pair));
        }
    }
}
