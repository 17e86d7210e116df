using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>Rows of activations times a panel in lanes of any width, four rows at a time.</summary>
internal readonly unsafe struct LaneTile<TBlock, TInt, T> : IPanelTile
    where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    where TInt : unmanaged, IIntegerLanes<TInt, T>
    where T : unmanaged, ILanes<T>
{
    public static bool IsWide => typeof(T) != typeof(Lanes128);

    public static int PanelBytes => 1;

    public static void Prepare(byte* q, int count)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rows(in Activations x, int rows, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
    {
        var r = 0;
        for (; r + 4 <= rows; r += 4)
        {
            Four(x.From(r), depth, q, scales, minimums, y + r * stride, stride, fresh);
        }

        for (; r < rows; r++)
        {
            One(x.From(r), depth, q, scales, minimums, y + r * stride, fresh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void One(Activations x, int depth, byte* q, float* scales, float* minimums, float* y, bool fresh)
    {
        var result = fresh ? T.Zero : T.Load(y);
        var a = x.Integers;
        var sums = x.Sums;
        for (var block = 0; block < depth / QuantizeKernel.Block; block++)
        {
            var scale = x.Scales[block];
            for (var group = 0; group < QuantizeKernel.Block / TBlock.GroupSize; group++)
            {
                var sum = Sum(sums);
                var product = TInt.Broadcast(-TBlock.Offset * sum);
                for (var half = 0; half < TBlock.GroupSize; half += 16)
                {
                    product = TInt.Dot(product, TInt.Load(q), a);
                    product = TInt.Dot(product, TInt.Load(q + 64), a + 4);
                    product = TInt.Dot(product, TInt.Load(q + 128), a + 8);
                    product = TInt.Dot(product, TInt.Load(q + 192), a + 12);
                    q += 256;
                    a += 16;
                }

                result = T.MultiplyAdd(TInt.ToFloat(product), T.Load(scales) * T.Broadcast(scale), result);
                if (TBlock.HasMinimums)
                {
                    result = T.MultiplyAdd(T.Load(minimums), T.Broadcast(-(scale * sum)), result);
                    minimums += MatMulKernel.Panel;
                }

                scales += MatMulKernel.Panel;
                sums += TBlock.GroupSize / QuantizeKernel.SumGroup;
            }
        }

        T.Store(result, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(Activations x, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
    {
        var r0 = fresh ? T.Zero : T.Load(y);
        var r1 = fresh ? T.Zero : T.Load(y + stride);
        var r2 = fresh ? T.Zero : T.Load(y + 2 * stride);
        var r3 = fresh ? T.Zero : T.Load(y + 3 * stride);
        var a0 = x.Integers;
        var a1 = x.Integers + (nint)x.Stride;
        var a2 = x.Integers + 2 * (nint)x.Stride;
        var a3 = x.Integers + 3 * (nint)x.Stride;
        var scaleStride = (nint)x.Stride / QuantizeKernel.Block;
        var sumStride = (nint)x.Stride / QuantizeKernel.SumGroup;
        var activationScales = x.Scales;
        var sums = x.Sums;
        for (var block = 0; block < depth / QuantizeKernel.Block; block++, activationScales++)
        {
            for (var group = 0; group < QuantizeKernel.Block / TBlock.GroupSize; group++)
            {
                var p0 = TInt.Broadcast(-TBlock.Offset * Sum(sums));
                var p1 = TInt.Broadcast(-TBlock.Offset * Sum(sums + sumStride));
                var p2 = TInt.Broadcast(-TBlock.Offset * Sum(sums + 2 * sumStride));
                var p3 = TInt.Broadcast(-TBlock.Offset * Sum(sums + 3 * sumStride));
                for (var quad = 0; quad < TBlock.GroupSize; quad += 8)
                {
                    var w = TInt.Load(q);
                    p0 = TInt.Dot(p0, w, a0);
                    p1 = TInt.Dot(p1, w, a1);
                    p2 = TInt.Dot(p2, w, a2);
                    p3 = TInt.Dot(p3, w, a3);
                    w = TInt.Load(q + 64);
                    p0 = TInt.Dot(p0, w, a0 + 4);
                    p1 = TInt.Dot(p1, w, a1 + 4);
                    p2 = TInt.Dot(p2, w, a2 + 4);
                    p3 = TInt.Dot(p3, w, a3 + 4);
                    q += 128;
                    a0 += 8;
                    a1 += 8;
                    a2 += 8;
                    a3 += 8;
                }

                var (s0, s1, s2, s3) = (*activationScales, activationScales[scaleStride], activationScales[2 * scaleStride], activationScales[3 * scaleStride]);
                var scale = T.Load(scales);
                r0 = T.MultiplyAdd(TInt.ToFloat(p0), scale * T.Broadcast(s0), r0);
                r1 = T.MultiplyAdd(TInt.ToFloat(p1), scale * T.Broadcast(s1), r1);
                r2 = T.MultiplyAdd(TInt.ToFloat(p2), scale * T.Broadcast(s2), r2);
                r3 = T.MultiplyAdd(TInt.ToFloat(p3), scale * T.Broadcast(s3), r3);
                if (TBlock.HasMinimums)
                {
                    var minimum = T.Load(minimums);
                    r0 = T.MultiplyAdd(minimum, T.Broadcast(-(s0 * Sum(sums))), r0);
                    r1 = T.MultiplyAdd(minimum, T.Broadcast(-(s1 * Sum(sums + sumStride))), r1);
                    r2 = T.MultiplyAdd(minimum, T.Broadcast(-(s2 * Sum(sums + 2 * sumStride))), r2);
                    r3 = T.MultiplyAdd(minimum, T.Broadcast(-(s3 * Sum(sums + 3 * sumStride))), r3);
                    minimums += MatMulKernel.Panel;
                }

                scales += MatMulKernel.Panel;
                sums += TBlock.GroupSize / QuantizeKernel.SumGroup;
            }
        }

        T.Store(r0, y);
        T.Store(r1, y + stride);
        T.Store(r2, y + 2 * stride);
        T.Store(r3, y + 3 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Sum(int* sums) => TBlock.GroupSize == QuantizeKernel.Block ? sums[0] + sums[1] : sums[0];
}
