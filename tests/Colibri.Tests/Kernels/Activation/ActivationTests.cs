using Colibri.Kernels.Activation;
using Colibri.Tests.Kernels.Lanes;
using Xunit;

namespace Colibri.Tests.Kernels.Activation;

public unsafe class ActivationTests
{
    private static readonly ActivationKernel Reference = ActivationKernel.List.Select(new("reference"));

    public static TheoryData<string> Variants => KernelTesting.Names(ActivationKernel.List);

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Functions_EverySize_HaveTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(ActivationKernel.List, variant);
        foreach (var count in KernelTesting.Sizes)
        {
            // Far beyond both ends of the exponential, and what is no number.
            var a = KernelTesting.Values(count, 1, 200);
            a[count / 2] = float.NaN;
            a[^1] = float.PositiveInfinity;
            a[count / 3] = float.NegativeInfinity;
            var b = KernelTesting.Values(count, 2);
            foreach (var f in Enum.GetValues<ActivationFunction>())
            {
                Compare(kernel, a, b, (k, x, _, y) => k.Activate(x, y, count, f), $"{f} of {count}");
                Compare(kernel, a, b, (k, x, z, y) => k.Gate(x, z, y, count, f), $"gate {f} of {count}");
            }

            Compare(kernel, a, b, (k, x, z, y) => k.Add(x, z, y, count), $"sum of {count}");
        }
    }

    [Fact]
    public void Silu_AgainstFloat64_IsWithinFourTenMillionthsOfItself()
    {
        // Down to where the exponential overflows (x = -88.37) the error is relative: 4e-7 of the value.
        for (var x = -88.0; x < 100; x += 0.003)
        {
            var v = (float)x;
            var expected = v / (1 + Math.Exp(-(double)v));
            Assert.InRange(Math.Abs(ReferenceActivation.Apply(v, ActivationFunction.Silu) - expected), 0, 4e-7 * Math.Abs(expected));
        }

        Assert.Equal(0, ReferenceActivation.Apply(-1000, ActivationFunction.Silu));
        Assert.True(float.IsNaN(ReferenceActivation.Apply(float.NaN, ActivationFunction.Silu)));
    }

    [Fact]
    public void GeluTanh_AgainstFloat64_IsWithinHalfAMillionth()
    {
        // The exponent's own rounding is multiplied by its size, so in the left tail the error is absolute.
        for (var x = -30.0; x < 30; x += 0.001)
        {
            var v = (float)x;
            var u = Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v);
            var expected = 0.5 * v * (1 + Math.Tanh(u));
            Assert.InRange(Math.Abs(ReferenceActivation.Apply(v, ActivationFunction.GeluTanh) - expected), 0, 5e-7 * Math.Max(1, Math.Abs(expected)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Functions_AtInfinity_HaveTheirLimits(string variant)
    {
        var kernel = KernelTesting.Kernel(ActivationKernel.List, variant);
        foreach (var f in Enum.GetValues<ActivationFunction>())
        {
            // Twenty values: sixteen side by side and four alone.
            foreach (var (at, limit) in new[] { (float.NegativeInfinity, -0f), (float.MinValue, -0f), (float.PositiveInfinity, float.PositiveInfinity), (float.MaxValue, float.MaxValue) })
            {
                var x = Enumerable.Repeat(at, 20).ToArray();
                var ones = Enumerable.Repeat(1f, 20).ToArray();
                var expected = Enumerable.Repeat(limit, 20).ToArray();
                KernelTesting.AssertSame(expected, Run(kernel, x, ones, (k, a, _, y) => k.Activate(a, y, 20, f), $"{f}", null), $"{f} at {at}");
                KernelTesting.AssertSame(expected, Run(kernel, x, ones, (k, a, b, y) => k.Gate(a, b, y, 20, f), $"{f}", null), $"gate {f} at {at}");
            }
        }
    }

    [Fact]
    public void Gelu_AgainstFloat64_IsWithinAQuarterOfAMillionth()
    {
        for (var x = -30.0; x < 30; x += 0.001)
        {
            var v = (float)x;
            var expected = 0.5 * v * (1 + ErrorFunction.Of(v / Math.Sqrt(2)));
            Assert.InRange(Math.Abs(ReferenceActivation.Apply(v, ActivationFunction.Gelu) - expected), 0, 2.5e-7 * Math.Max(1, Math.Abs(expected)));
        }
    }

    private delegate void Call(ActivationKernel kernel, float* a, float* b, float* y);

    private static void Compare(ActivationKernel kernel, float[] a, float[] b, Call call, string where)
    {
        var expected = Run(Reference, a, b, call, where, null);
        KernelTesting.AssertSame(expected, Run(kernel, a, b, call, where, null), where);
        KernelTesting.AssertSame(expected, Run(kernel, a, b, call, where, 0), where + " into a");
        KernelTesting.AssertSame(expected, Run(kernel, a, b, call, where, 1), where + " into b");
    }

    private static float[] Run(ActivationKernel kernel, float[] a, float[] b, Call call, string where, int? into)
    {
        using var x = new Guarded<float>(a);
        using var z = new Guarded<float>(b);
        using var other = new Guarded<float>(a.Length);
        var y = into switch { 0 => x, 1 => z, _ => other };
        call(kernel, x.Pointer, z.Pointer, y.Pointer);
        y.AssertGuards(where);
        return y.ToArray();
    }
}
