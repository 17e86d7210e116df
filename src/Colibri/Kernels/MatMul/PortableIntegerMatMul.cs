using System.Runtime.CompilerServices;
using Colibri.Formats;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.Quantize;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The integer product: sixteen rows of weights are unpacked, up to 512 columns at a time, to unsigned bytes that stay in
/// the first-level cache (8 KiB and their scales) while all rows of activations pass by, four at a time. One row takes the
/// same way, so decoding reads the weights as they lie in the file.
/// </summary>
internal sealed unsafe class PortableIntegerMatMul<TBlock, TInt, T> : MatMulKernel
    where TBlock : unmanaged, IIntegerBlockFormat<TBlock>
    where TInt : unmanaged, IIntegerLanes<TInt, T>
    where T : unmanaged, ILanes<T>
{
    private const int Depth = 512;

    // Few rows are bound by memory: the weights are taken in small steps, so that what is asked for ahead arrives evenly
    // while the processor computes. Measured per core with steps of 0.6, 2.3 and 9 KB: 15, 20 and 17 GB/s (Q4_0), 24, 29
    // and 17 (Q8_0).
    private const int StepBytes = 2304;
    private const int FewRows = 8;

    public override ActivationKind Activations => ActivationKind.Int8;

    public override int ScratchBytes => Math.Max(Panel * Depth + 2 * Depth / 16 * Panel * sizeof(float), Rowwise ? RowProduct<TBlock>.ScratchBytes : 0);

    // Only beside vectors of at least 256 bits: a forced narrower variant must not use what it was forced to do without.
    private static bool Rowwise => RowProduct<TBlock>.IsSupported && typeof(T) != typeof(Lanes128);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch)
    {
        if (rows == 1 && Rowwise)
        {
            RowProduct<TBlock>.Run(weight, firstPanel, lastPanel, x, destination, scratch);
            Finish(destination, firstPanel * Panel, Math.Min(lastPanel * Panel, weight.Rows) - firstPanel * Panel, rows);
            return;
        }

        var q = scratch;
        var scales = (float*)(q + Panel * Depth);
        var minimums = scales + Depth / 16 * Panel;
        var edge = stackalloc float[4 * Panel];
        var panelBytes = Panel * weight.RowBytes;
        Prefetch.Ahead(weight.Address + firstPanel * panelBytes, panelBytes);
        var step = rows < FewRows ? Math.Clamp(StepBytes / (Panel * sizeof(TBlock)), 1, Depth / TBlock.ValuesPerBlock) * TBlock.ValuesPerBlock : Depth;
        for (var panel = firstPanel; panel < lastPanel; panel++)
        {
            var firstOutput = panel * Panel;
            var outputs = Math.Min(Panel, weight.Rows - firstOutput);
            var source = weight.Address + firstOutput * weight.RowBytes;
            for (var column = 0; column < weight.Columns; column += step)
            {
                var depth = Math.Min(step, weight.Columns - column);
                var firstBlock = column / TBlock.ValuesPerBlock;
                if (panel + 1 < lastPanel)
                {
                    // The next panel, as far through it as this one is unpacked by now.
                    var done = column / TBlock.ValuesPerBlock * sizeof(TBlock) * Panel;
                    Prefetch.Ahead(source + panelBytes + done, depth / TBlock.ValuesPerBlock * sizeof(TBlock) * Panel);
                }

                var slice = Slice(x, column);
                var blocks = source + firstBlock * sizeof(TBlock);
                TBlock.UnpackPanel(blocks, (nint)weight.RowBytes, outputs - 1, depth / TBlock.ValuesPerBlock, q, scales, minimums);
                if (outputs == Panel)
                {
                    AllRows(slice, rows, depth, q, scales, minimums, destination.Y + firstOutput, destination.Stride, column == 0);
                    continue;
                }

                // The last panel is not full: its sixteen lanes must not be written beyond the row.
                for (var r = 0; r < rows; r++)
                {
                    var y = new Span<float>(destination.Y + (nint)r * destination.Stride + firstOutput, outputs);
                    y.CopyTo(new Span<float>(edge, Panel));
                    One(slice.From(r), depth, q, scales, minimums, edge, column == 0);
                    new Span<float>(edge, outputs).CopyTo(y);
                }
            }

            Finish(destination, firstOutput, outputs, rows);
        }
    }

    private static Activations Slice(in Activations x, int column) =>
        new(null, x.Stride, x.Integers + column, x.Scales + column / QuantizeKernel.Block, x.Sums + column / QuantizeKernel.SumGroup);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AllRows(in Activations x, int rows, int depth, byte* q, float* scales, float* minimums, float* y, nint stride, bool fresh)
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
                    minimums += Panel;
                }

                scales += Panel;
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
                    minimums += Panel;
                }

                scales += Panel;
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
