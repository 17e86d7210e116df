using System.Runtime.Intrinsics;
using Colibri.Kernels.Lanes;
using Colibri.Kernels.Softmax;
using Xunit;

namespace Colibri.Tests.Kernels.Lanes;

public unsafe class LaneMathTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(SoftmaxKernel.List);

    public static TheoryData<int> Widths => [128, 256, 512];

    // Both signs of magnitudes from 1e-6 to 10, as many near zero as far from it, and steps across the middle.
    private static float[] Spread =>
    [
        .. Enumerable.Range(0, 1 << 19).Select(i => (float)Math.Pow(10, -6 + 7.0 * i / (1 << 19)) * (i % 2 == 0 ? 1 : -1)),
        .. Enumerable.Range(0, 1 << 19).Select(i => (i - (1 << 18)) * (6f / (1 << 18))),
    ];

    private static float[] Sweep => [.. Enumerable.Range(0, 1 << 20).Select(i => (float)(-87.33 + i * (88.37 + 87.33) / ((1 << 20) - 1)))];

    [Fact]
    public void Exp_DenseSweep_IsWithinTwoUnitsInTheLastPlace()
    {
        var worst = 0.0;
        foreach (var x in Sweep)
        {
            if (x is < -87.33f or > 88.37f)
            {
                continue;
            }

            var expected = Math.Exp(x);
            var unit = (double)MathF.BitIncrement((float)expected) - (float)expected;
            worst = Math.Max(worst, Math.Abs(LaneMath.Exp(x) - expected) / unit);
        }

        Assert.InRange(worst, 0.4, 2);
    }

    [Fact]
    public void Tanh_DenseSweep_IsWithinTwoUnitsInTheLastPlace() =>
        Assert.InRange(Worst(Spread, LaneMath.Tanh, Math.Tanh), 0.4, 2);

    [Fact]
    public void Erf_DenseSweep_IsWithinTwoUnitsInTheLastPlace() =>
        Assert.InRange(Worst(Spread, LaneMath.Erf, ErrorFunction.Of), 0.4, 2);

    [SkippableTheory]
    [MemberData(nameof(Widths))]
    public void TanhAndErf_DenseSweep_LanesHaveTheBitsOfTheScalarForm(int width)
    {
        Skip.If(width == 256 && !Vector256.IsHardwareAccelerated || width == 512 && !Vector512.IsHardwareAccelerated, "this processor lacks the width");
        float[] values = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, 0, -0f, 4, -4, 0.625f, -0.927f, .. Spread, .. Sweep];
        values = values[..(values.Length / 16 * 16)];
        using var x = new Guarded<float>(values);
        switch (width)
        {
            case 128: Compare<Lanes128>(x); break;
            case 256: Compare<Lanes256>(x); break;
            default: Compare<Lanes512>(x); break;
        }
    }

    [Fact]
    public void TanhAndErf_AtTheirEnds_AreWhatTheyShould()
    {
        foreach (var f in new Func<float, float>[] { LaneMath.Tanh, LaneMath.Erf })
        {
            float[] edges = [float.NegativeInfinity, float.MinValue, -100, 0, 100, float.MaxValue, float.PositiveInfinity, float.NaN];
            KernelTesting.AssertSame([-1, -1, -1, 0, 1, 1, 1, float.NaN], [.. edges.Select(f)], "edges");
            Assert.Equal(1e-20f, f(1e-20f), 1e-20f * 0.13f);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Exp_DenseSweep_LanesHaveTheBitsOfTheScalarForm(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        using var x = new Guarded<float>(Sweep);
        var expected = x.ToArray().Select(LaneMath.Exp).ToArray();
        kernel.Exponentials(x.Pointer, x.Count, 0, x.Pointer);
        KernelTesting.AssertSame(expected, x.Span, variant);
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Exp_BeyondItsRange_IsZeroInfiniteOrNaN(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        float[] edges = [float.NegativeInfinity, float.MinValue, -1000, -87.34f, float.NaN, 88.38f, 1000, float.MaxValue, float.PositiveInfinity, 0, -0f];
        float[] expected = [0, 0, 0, 0, float.NaN, float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, float.PositiveInfinity, 1, 1];

        // Once in the lanes, once in what is left over.
        using var x = new Guarded<float>([.. edges, .. edges]);
        kernel.Exponentials(x.Pointer, x.Count, 0, x.Pointer);
        KernelTesting.AssertSame([.. expected, .. expected], x.Span, variant);
        KernelTesting.AssertSame(expected, [.. edges.Select(LaneMath.Exp)], "scalar");
    }

    private static double Worst(float[] values, Func<float, float> actual, Func<double, double> exact)
    {
        var worst = 0.0;
        foreach (var x in values)
        {
            var expected = exact(x);
            var magnitude = (float)Math.Abs(expected);
            var unit = (double)MathF.BitIncrement(magnitude) - magnitude;
            worst = Math.Max(worst, Math.Abs(actual(x) - expected) / unit);
        }

        return worst;
    }

    private static void Compare<T>(Guarded<float> x) where T : unmanaged, ILanes<T>
    {
        using var y = new Guarded<float>(x.Count);
        for (var i = 0; i < x.Count; i += 16)
        {
            T.Store(LaneMath.Tanh(T.Load(x.Pointer + i)), y.Pointer + i);
        }

        KernelTesting.AssertSame([.. x.ToArray().Select(LaneMath.Tanh)], y.Span, "tanh");
        for (var i = 0; i < x.Count; i += 16)
        {
            T.Store(LaneMath.Erf(T.Load(x.Pointer + i)), y.Pointer + i);
        }

        KernelTesting.AssertSame([.. x.ToArray().Select(LaneMath.Erf)], y.Span, "erf");
    }
}
