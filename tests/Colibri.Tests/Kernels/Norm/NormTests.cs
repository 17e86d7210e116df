using Colibri.Kernels.Norm;
using Xunit;

namespace Colibri.Tests.Kernels.Norm;

public unsafe class NormTests
{
    private static readonly NormKernel Reference = NormKernel.List.Select(new("reference"));

    public static TheoryData<string> Variants => KernelTesting.Names(NormKernel.List);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Norms_EverySize_HaveTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(NormKernel.List, variant);
        foreach (var count in KernelTesting.Sizes)
        {
            foreach (var inPlace in new[] { false, true })
            {
                var where = $"{count} values, in place: {inPlace}";
                KernelTesting.AssertSame(RootMeanSquare(Reference, count, false), RootMeanSquare(kernel, count, inPlace), where);
                KernelTesting.AssertSame(Layer(Reference, count, true, false), Layer(kernel, count, true, inPlace), where);
                KernelTesting.AssertSame(Layer(Reference, count, false, false), Layer(kernel, count, false, inPlace), where + ", no bias");
            }
        }
    }

    [Fact]
    public void Reference_AgainstFloat64_IsWithinAMillionth()
    {
        const int Count = 257;
        var x = KernelTesting.Values(Count, 1).Select(v => (double)v).ToArray();
        var w = KernelTesting.Values(Count, 2);
        var b = KernelTesting.Values(Count, 3);
        var root = 1 / Math.Sqrt(x.Average(v => v * v) + 1e-5);
        var mean = x.Average();
        var deviation = 1 / Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + 1e-5);
        var rms = RootMeanSquare(Reference, Count, false);
        var layer = Layer(Reference, Count, true, false);
        for (var i = 0; i < Count; i++)
        {
            Assert.Equal(x[i] * root * w[i], rms[i], 1e-5);
            Assert.Equal((x[i] - mean) * deviation * w[i] + b[i], layer[i], 1e-5);
        }
    }

    [Fact]
    public void RootMeanSquare_Zeros_AreZeros()
    {
        using var x = new Guarded<float>(new float[20]);
        using var w = new Guarded<float>(KernelTesting.Values(20, 4));
        Reference.RootMeanSquare(x.Pointer, w.Pointer, 1e-6f, x.Pointer, 20);
        Assert.All(x.ToArray(), v => Assert.Equal(0, v));
    }

    private static float[] RootMeanSquare(NormKernel kernel, int count, bool inPlace)
    {
        using var x = new Guarded<float>(KernelTesting.Values(count, 1));
        using var w = new Guarded<float>(KernelTesting.Values(count, 2));
        using var other = new Guarded<float>(count);
        var y = inPlace ? x : other;
        kernel.RootMeanSquare(x.Pointer, w.Pointer, 1e-5f, y.Pointer, count);
        y.AssertGuards($"{count} values");
        return y.ToArray();
    }

    private static float[] Layer(NormKernel kernel, int count, bool biased, bool inPlace)
    {
        using var x = new Guarded<float>(KernelTesting.Values(count, 1));
        using var w = new Guarded<float>(KernelTesting.Values(count, 2));
        using var b = new Guarded<float>(KernelTesting.Values(count, 3));
        using var other = new Guarded<float>(count);
        var y = inPlace ? x : other;
        kernel.Layer(x.Pointer, w.Pointer, biased ? b.Pointer : null, 1e-5f, y.Pointer, count);
        y.AssertGuards($"{count} values");
        return y.ToArray();
    }
}
