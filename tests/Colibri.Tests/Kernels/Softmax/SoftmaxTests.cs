using Colibri.Kernels.Softmax;
using Xunit;

namespace Colibri.Tests.Kernels.Softmax;

public unsafe class SoftmaxTests
{
    private static readonly SoftmaxKernel Reference = SoftmaxKernel.List.Select(new("reference"));

    public static TheoryData<string> Variants => KernelTesting.Names(SoftmaxKernel.List);

    public static TheoryData<string> All => [.. SoftmaxKernel.List.Variants.Select(v => v.Name)];

    [SkippableTheory]
    [MemberData(nameof(Variants))]
    public void Exponentials_EverySize_HaveTheBitsOfTheReference(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        foreach (var count in KernelTesting.Sizes.Append(1000))
        {
            var values = KernelTesting.Values(count, count, 30);
            using var x = new Guarded<float>(values);
            using var expected = new Guarded<float>(count);
            using var actual = new Guarded<float>(count);
            Assert.Equal(values.Max(), kernel.Largest(x.Pointer, count));
            var sum = Reference.Exponentials(x.Pointer, count, 3, expected.Pointer);
            Assert.Equal(sum, kernel.Exponentials(x.Pointer, count, 3, actual.Pointer));
            KernelTesting.AssertSame(expected.Span, actual.Span, $"{count} values");
            actual.AssertGuards($"{count} values");
            Assert.Equal(sum, kernel.Exponentials(x.Pointer, count, 3, x.Pointer));
            KernelTesting.AssertSame(expected.Span, x.Span, $"{count} values in place");
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Largest_NaNAnywhere_IsNaN(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        foreach (var count in KernelTesting.Sizes)
        {
            for (var at = 0; at < count; at += Math.Max(1, count / 7))
            {
                using var x = new Guarded<float>(KernelTesting.Values(count, count));
                x.Span[at] = float.NaN;
                Assert.True(float.IsNaN(kernel.Largest(x.Pointer, count)), $"NaN at {at} of {count}");
                x.Span[at] = float.PositiveInfinity;
                Assert.Equal(float.PositiveInfinity, kernel.Largest(x.Pointer, count));
                x.Span.Fill(float.NegativeInfinity);
                Assert.Equal(float.NegativeInfinity, kernel.Largest(x.Pointer, count));
            }
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void LogSumExp_AgainstFloat64_IsWithinAMillionth(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        foreach (var count in new[] { 1, 17, 300, 5000 })
        {
            var values = KernelTesting.Values(count, 5, 40);
            using var x = new Guarded<float>(values);
            using var scratch = new Guarded<float>(count);
            Assert.Equal(LogSum(values), kernel.LogSumExp(x.Pointer, count, scratch.Pointer), 1e-6);
            scratch.AssertGuards($"{count} values");
            Assert.Equal(values, x.ToArray());
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void LogSumExp_Infinities_AreTheirOwnLimit(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        foreach (var count in new[] { 1, 16, 40 })
        {
            using var x = new Guarded<float>(count);
            using var scratch = new Guarded<float>(count);
            x.Span.Fill(float.NegativeInfinity);
            Assert.Equal(double.NegativeInfinity, kernel.LogSumExp(x.Pointer, count, scratch.Pointer));
            x.Span[^1] = 3;
            Assert.Equal(3.0, kernel.LogSumExp(x.Pointer, count, scratch.Pointer), 1e-6);
            x.Span[0] = float.PositiveInfinity;
            Assert.Equal(double.PositiveInfinity, kernel.LogSumExp(x.Pointer, count, scratch.Pointer));
            x.Span[^1] = float.NaN;
            Assert.True(double.IsNaN(kernel.LogSumExp(x.Pointer, count, scratch.Pointer)));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Divergence_OtherRow_IsThatOfFloat64(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        foreach (var count in new[] { 1, 2, 33, 300, 5000 })
        {
            var (p, q) = (KernelTesting.Values(count, 6, 10), KernelTesting.Values(count, 7, 10));
            var (logP, logQ) = (LogSum(p), LogSum(q));
            var expected = p.Zip(q, (a, b) => Math.Exp(a - logP) * (a - logP - (b - logQ))).Sum();
            Assert.Equal(expected, Divergence(kernel, p, q), 2e-6);
            Assert.Equal(0.0, Divergence(kernel, p, p));
        }
    }

    [SkippableTheory]
    [MemberData(nameof(All))]
    public void Divergence_MaskedInBoth_CountsNothing(string variant)
    {
        var kernel = KernelTesting.Kernel(SoftmaxKernel.List, variant);
        var (p, q) = (KernelTesting.Values(40, 8), KernelTesting.Values(40, 9));
        var masked = p.ToArray();
        var maskedQ = q.ToArray();
        masked[3] = maskedQ[3] = masked[39] = maskedQ[39] = float.NegativeInfinity;
        var kept = Enumerable.Range(0, 40).Where(i => i is not (3 or 39)).ToArray();
        Assert.Equal(Divergence(kernel, [.. kept.Select(i => p[i])], [.. kept.Select(i => q[i])]), Divergence(kernel, masked, maskedQ), 1e-6);

        // What the reference holds possible and the other does not is infinitely surprising; NaN stays NaN.
        Assert.Equal(double.PositiveInfinity, Divergence(kernel, p, maskedQ));
        q[5] = float.NaN;
        Assert.True(double.IsNaN(Divergence(kernel, p, q)));
    }

    private static double LogSum(float[] x) => x.Max() + Math.Log(x.Sum(v => Math.Exp((double)v - x.Max())));

    private static double Divergence(SoftmaxKernel kernel, float[] p, float[] q)
    {
        using var a = new Guarded<float>(p);
        using var b = new Guarded<float>(q);
        using var scratch = new Guarded<float>(p.Length);
        return kernel.Divergence(a.Pointer, b.Pointer, p.Length, scratch.Pointer);
    }
}
