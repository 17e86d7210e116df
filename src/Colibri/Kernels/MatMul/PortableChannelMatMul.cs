using System.Runtime.CompilerServices;
using Colibri.Formats;

namespace Colibri.Kernels.MatMul;

/// <summary>
/// The product of signed bytes with a scale per output (<see cref="ReferenceChannelMatMul"/>), along the columns: sums are exact
/// integers, so their order is free and weights are read as they lie in memory, a row once for four rows of activations.
/// </summary>
/// <typeparam name="TBytes">How bytes are multiplied.</typeparam>
internal sealed unsafe class PortableChannelMatMul<TBytes> : MatMulKernel where TBytes : unmanaged, IByteLanes<TBytes>
{
    // How far ahead of use weights are asked for: about a page and a half at memory's latency and speed.
    private const int Ahead = 6144;

    public override ActivationKind Activations => ActivationKind.Int8Rows;

    public override int ScratchBytes => 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Run(Weight weight, int firstPanel, int lastPanel, in Activations x, int rows, in Destination destination, byte* scratch, bool kept)
    {
        var scales = weight.ChannelScales;
        var sums = weight.ChannelSums;
        var end = Math.Min(lastPanel * Panel, weight.Rows);
        var products = stackalloc int[4];
        for (var panel = firstPanel * Panel; panel < end; panel += Panel)
        {
            // Sixteen rows of weights stay near while all rows of activations pass by.
            var outputs = Math.Min(Panel, end - panel);
            for (var r = 0; r < rows; r += 4)
            {
                var count = Math.Min(4, rows - r);
                var part = x.From(r);
                for (var output = panel; output < panel + outputs; output++)
                {
                    var w = (sbyte*)weight.Address + output * weight.RowBytes;
                    Dots(part, count, w, weight.Columns, r == 0, products);
                    for (var i = 0; i < count; i++)
                    {
                        destination.Y[(nint)(r + i) * destination.Stride + output] =
                            ReferenceChannelMatMul.Value(products[i], part.Tokens[i], sums[output], scales[output]);
                    }
                }
            }

            Finish(destination, panel, outputs, rows);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots(in Activations x, int rows, sbyte* w, int columns, bool first, int* products)
    {
        if (first)
        {
            Prefetch.Ahead((byte*)w + Ahead, columns);
        }

        if (rows == 4)
        {
            Four(x.Bytes, x.Stride, w, columns, products);
            return;
        }

        for (var r = 0; r < rows; r++)
        {
            products[r] = One(x.Bytes + (nint)r * x.Stride, w, columns);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int One(byte* a, sbyte* w, int columns)
    {
        TBytes s0 = default, s1 = default;
        var k = 0;
        for (; k + 2 * TBytes.Columns <= columns; k += 2 * TBytes.Columns)
        {
            s0 = TBytes.Dot(s0, a + k, w + k);
            s1 = TBytes.Dot(s1, a + k + TBytes.Columns, w + k + TBytes.Columns);
        }

        var sum = TBytes.Sum(s0) + TBytes.Sum(s1);
        for (; k < columns; k++)
        {
            sum += a[k] * w[k];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(byte* a, nint stride, sbyte* w, int columns, int* products)
    {
        var a1 = a + stride;
        var a2 = a1 + stride;
        var a3 = a2 + stride;
        TBytes s0 = default, s1 = default, s2 = default, s3 = default;
        var k = 0;
        for (; k + TBytes.Columns <= columns; k += TBytes.Columns)
        {
            s0 = TBytes.Dot(s0, a + k, w + k);
            s1 = TBytes.Dot(s1, a1 + k, w + k);
            s2 = TBytes.Dot(s2, a2 + k, w + k);
            s3 = TBytes.Dot(s3, a3 + k, w + k);
        }

        (products[0], products[1], products[2], products[3]) = (TBytes.Sum(s0), TBytes.Sum(s1), TBytes.Sum(s2), TBytes.Sum(s3));
        for (; k < columns; k++)
        {
            products[0] += a[k] * w[k];
            products[1] += a1[k] * w[k];
            products[2] += a2[k] * w[k];
            products[3] += a3[k] * w[k];
        }
    }
}
