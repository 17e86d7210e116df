using Colibri.Kernels.Lanes;
using Colibri.Kernels.Softmax;
using Xunit;

namespace Colibri.Tests.Kernels.Lanes;

public unsafe class LaneMathTests
{
    public static TheoryData<string> Variants => KernelTesting.Names(SoftmaxKernel.List);

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
}
